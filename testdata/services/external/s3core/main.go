// Command s3core serves the S3 API of versitygw on a directory. The project's own
// program holds its integration tests and the clients of other stores too, and
// takes twice as long to build. Command s3 of the module above runs this one.
//
//	s3core -listen ADDRESS -dir DIR [-tls-cert FILE -tls-key FILE]
//
// The account is in DOCTOR_S3_ACCESS and DOCTOR_S3_SECRET.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	listen := flag.String("listen", "", "`address` to listen on")
	dir := flag.String("dir", "", "`directory` to keep all in")
	cert := flag.String("tls-cert", "", "serve TLS with the certificate chain of this PEM `file`")
	key := flag.String("tls-key", "", "private key of -tls-cert, a PEM `file`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := serve(ctx, *dir, &embedgw.Config{
		RootUserAccess:    os.Getenv("DOCTOR_S3_ACCESS"),
		RootUserSecret:    os.Getenv("DOCTOR_S3_SECRET"),
		Ports:             []string{*listen},
		CertFile:          *cert,
		KeyFile:           *key,
		MaxConnections:    1000,
		MaxRequests:       1000,
		MultipartMaxParts: 10000,
		Quiet:             true,
		IAMCacheDisable:   true,
	})
	if err != nil {
		fmt.Fprintf(os.Stderr, "s3core: %v\n", err)
		os.Exit(1)
	}
}

// serve keeps what is known of the objects beside them: not every file system
// has extended attributes.
func serve(ctx context.Context, dir string, config *embedgw.Config) error {
	objects, facts := filepath.Join(dir, "objects"), filepath.Join(dir, "facts")
	for _, sub := range []string{objects, facts} {
		if err := os.Mkdir(sub, 0o700); err != nil {
			return err
		}
	}
	beside, err := meta.NewSideCar(facts)
	if err != nil {
		return err
	}
	store, err := posix.New(objects, beside, posix.PosixOpts{SideCarDir: facts, Concurrency: 100})
	if err != nil {
		return err
	}
	return embedgw.RunVersityGW(ctx, store, config)
}
