// Command ask sends one request, for scripts on machines without a client:
//
//	ask [-X METHOD] [-user NAME:PASSWORD] [-H 'NAME: VALUE']... [-ca FILE]
//	    [-cert FILE -key FILE] [-status] URL
//
// It prints the body of the answer, or with -status the status and the header
// before it. Redirects are not followed.
//
// Exit codes: 0 an answer below 400, 1 another or none, 2 usage.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

// question is what the flags say.
type question struct {
	method, user, ca, cert, key, url string
	header                           http.Header
	isStatusShown                    bool
}

func run(args []string, stdout, stderr io.Writer) int {
	q := question{header: http.Header{}}
	flags := flag.NewFlagSet("ask", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&q.method, "X", http.MethodGet, "`method`")
	flags.StringVar(&q.user, "user", "", "`NAME:PASSWORD` for Basic")
	flags.StringVar(&q.ca, "ca", "", "trust the authorities of this PEM `file`")
	flags.StringVar(&q.cert, "cert", "", "present the certificate of this PEM `file`")
	flags.StringVar(&q.key, "key", "", "private key of -cert, a PEM `file`")
	flags.BoolVar(&q.isStatusShown, "status", false, "print the status and the header too")
	flags.Func("H", "`header` to send, may be repeated", func(v string) error {
		name, value, found := strings.Cut(v, ":")
		if !found {
			return errors.New("want NAME: VALUE")
		}
		q.header.Add(name, strings.TrimSpace(value))
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return 2
	}
	if flags.NArg() != 1 {
		fmt.Fprintln(stderr, "ask: want one URL")
		return 2
	}
	q.url = flags.Arg(0)
	status, err := q.ask(stdout)
	if err != nil {
		fmt.Fprintf(stderr, "ask: %v\n", err)
		return 1
	}
	if status >= 400 {
		return 1
	}
	return 0
}

func (q question) ask(stdout io.Writer) (int, error) {
	config, err := q.tlsConfig()
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequest(q.method, q.url, nil)
	if err != nil {
		return 0, err
	}
	req.Header = q.header
	if name, password, found := strings.Cut(q.user, ":"); found {
		req.SetBasicAuth(name, password)
	}
	client := &http.Client{
		Timeout:       30 * time.Second,
		Transport:     &http.Transport{TLSClientConfig: config, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if q.isStatusShown {
		fmt.Fprintln(stdout, resp.Status)
		if err := resp.Header.Write(stdout); err != nil {
			return 0, err
		}
		fmt.Fprintln(stdout)
	}
	_, err = io.Copy(stdout, resp.Body)
	return resp.StatusCode, err
}

func (q question) tlsConfig() (*tls.Config, error) {
	config := new(tls.Config)
	if q.ca != "" {
		ca, err := os.ReadFile(q.ca)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s holds no certificate", q.ca)
		}
	}
	if q.cert != "" {
		pair, err := tls.LoadX509KeyPair(q.cert, q.key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}
