package sandbox

// helpers are what else the test binary can be, by first argument.
var helpers = map[string]func(){}
