// Command nomain opens plugin files without calling host.WorkerMain, which a test
// wants to be refused.
package main

import (
	"fmt"
	"os"

	"stella-ops.org/doctor/host"
)

func main() {
	_, err := host.Open(host.Config{PluginFiles: os.Args[1:]})
	fmt.Println(err)
}
