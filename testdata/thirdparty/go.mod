module example.com/acme/doctor-plugin

go 1.26.0

require stella-ops.org/doctor v0.0.0

require golang.org/x/tools v0.45.0 // indirect

replace stella-ops.org/doctor => ../..
