package sandbox

import (
	"fmt"

	"github.com/landlock-lsm/go-landlock/landlock"
	landlocksys "github.com/landlock-lsm/go-landlock/landlock/syscall"
)

// landlockAll restricts all that this version of the library knows, down to what
// the running kernel can: no file, no directory, no connection, no listener, no
// signal to others. A worker has what it needs open before. What the kernel
// gives no right for stays open: other protocols, and the modes and times of files.
func landlockAll() error {
	return landlock.V11.BestEffort().Restrict()
}

// landlockBut is landlockAll but for reading one directory. landlockAll can follow
// it, and takes that away as well.
func landlockBut(dir string) error {
	return landlock.V11.BestEffort().Restrict(landlock.RODirs(dir))
}

// landlockVersion asks the running kernel, without restricting anything; 0
// means that it offers no Landlock.
func landlockVersion() int {
	version, err := landlocksys.LandlockGetABIVersion()
	if err != nil {
		return 0
	}
	return max(version, 0)
}

// landlockState says for people what a kernel of this version restricts.
func landlockState(version int) string {
	switch {
	case version < 1:
		return "no Landlock: this kernel does not offer it"
	case version < landlockTCP:
		return fmt.Sprintf("Landlock (ABI %d): no files; this kernel cannot restrict TCP", version)
	}
	return fmt.Sprintf("Landlock (ABI %d): no files, no TCP", version)
}

// landlockTCP is the first version of the kernel's interface that restricts TCP.
const landlockTCP = 4
