package sandbox

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// landlockAll restricts all that this version of the library knows, down to what
// the running kernel can: no file, no directory, no connection, no listener, no
// signal to others. A worker has what it needs open before.
func landlockAll() error {
	return landlock.V11.BestEffort().Restrict()
}

// landlockState says for people what the kernel of this machine restricts.
func landlockState() string {
	version, err := landlocksys.LandlockGetABIVersion()
	switch {
	case err != nil || version < 1:
		return "no Landlock: this kernel does not offer it"
	case version < landlockTCP:
		return fmt.Sprintf("Landlock (ABI %d): no files; this kernel cannot restrict TCP", version)
	}
	return fmt.Sprintf("Landlock (ABI %d): no files, no TCP", version)
}

// landlockTCP is the first version of the kernel's interface that restricts TCP.
const landlockTCP = 4
