package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"stella-ops.org/doctor/host/audit"
	"stella-ops.org/doctor/host/egress"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/host/store"
	"stella-ops.org/doctor/host/trust"
	"stella-ops.org/doctor/sdk/wire"
)

// Config says what a host runs and under which rules. The zero value is a host
// without plugins.
type Config struct {
	// Version is the version of the embedding program, for reports and the
	// User-Agent. Empty stands for "dev".
	Version string
	// Embedded are sealed plugins whose bytes are part of this program. They run
	// in this process and are approved for what they declare.
	Embedded [][]byte
	// PluginFiles are paths of sealed plugins that the operator approves for
	// this host's lifetime. They run in a worker process.
	PluginFiles []string
	// Store holds the plugins that the operator approved, with the lock; nil stands
	// for none. They run in a worker process, with what was approved of them.
	Store *store.Store
	// Ring judges their signatures; nil believes nobody. Where it wants it, a
	// plugin file needs an entry in the lock as well.
	Ring *trust.Ring
	// Settings are the operator's; nil stands for none.
	Settings *settings.Store
	// Environ is the environment, for the proxy rules; nil stands for none.
	Environ []string
	// Worker is the command of the worker process. Empty stands for this
	// executable, which must then call WorkerMain first thing in main.
	Worker []string
	// CacheDir is the private directory of compiled code; empty for none.
	CacheDir string
	// InsecureSkipVerify turns off the verification of certificates. Every
	// report of such a host says so.
	InsecureSkipVerify bool
	// AuditFile is the audit log to which every run appends its requests; empty takes
	// the setting Doctor:Audit:File, and without that there is none.
	AuditFile string
	// Logger takes the events of the engine; nil discards them.
	Logger hclog.Logger
	// Network answers the host calls that were authorized; nil stands for the
	// real network.
	Network Network
	// Now is the clock; nil stands for time.Now.
	Now func() time.Time

	// compileWorkers has worker processes compile; a vetting compares the engines.
	compileWorkers bool
}

// Network answers the calls that passed authorize. It is the seam at which
// calls are replayed. Implementations are safe for concurrent
// use, honour ctx, and return every failure as data.
type Network interface {
	HTTP(ctx context.Context, call egress.Call) wire.HTTPResponse
	TCP(ctx context.Context, call egress.TCPCall) wire.TCPResponse
}

// Host runs the checks of a catalog. It is safe for concurrent use.
type Host struct {
	cfg         Config
	log         hclog.Logger
	settings    *settings.Store
	catalog     *catalog
	clock       clock
	networkMu   sync.Mutex // guards the making of network, auditLog and closers
	network     Network
	guard       *guard // of the real network
	auditLog    *audit.Log
	closers     []func()
	secretsOnce sync.Once
	secrets     map[string]string // values of all secret settings → their keys
	allSecrets  *scrubber         // of those that can be told from words
}

// Open reads the plugins that cfg names, without compiling or executing them.
//
// It returns a *plugin.Refusal for a file that may not run, a *ConflictError
// when two plugins claim one id, a *FileError for a file that cannot be read, and
// a plain error when plugin files are named and this program cannot start a
// worker because it does not call WorkerMain.
func Open(cfg Config) (*Host, error) {
	if cfg.Version == "" {
		cfg.Version = "dev"
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	h := &Host{cfg: cfg, log: cfg.Logger, settings: cfg.Settings, network: cfg.Network, clock: wallClock{}}
	if h.log == nil {
		h.log = hclog.NewNullLogger()
	}
	if h.settings == nil {
		none, err := settings.Load(settings.Options{NoDefaultFiles: true})
		if err != nil {
			return nil, err
		}
		h.settings = none
	}
	var err error
	if h.catalog, err = openCatalog(&h.cfg); err != nil {
		h.Close()
		return nil, err
	}
	h.settings = h.settings.WithSecrets(h.catalog.secrets())
	return h, nil
}

// OpenNetwork makes the network that the Doctor: settings describe, which Run
// does otherwise; what reads the catalog alone needs none. It returns a
// *ConfigError when one of these settings is unusable.
func (h *Host) OpenNetwork() error {
	h.networkMu.Lock()
	defer h.networkMu.Unlock()
	if h.network != nil {
		return nil
	}
	client, cfg, err := h.openEgress()
	if err != nil {
		return err
	}
	h.network, h.guard = client, &guard{network: cfg, log: h.log}
	h.closers = append(h.closers, client.Close, h.guard.close)
	return nil
}

// openEgress makes the network of the Doctor: settings.
func (h *Host) openEgress() (*egress.Client, egress.Config, error) {
	loopback, err := settings.ParseBool(h.text(keyLoopback))
	if err != nil {
		return nil, egress.Config{}, &ConfigError{Key: keyLoopback, Err: err}
	}
	if _, err := settings.ParseBool(h.text(keyPlainHTTP)); err != nil {
		return nil, egress.Config{}, &ConfigError{Key: keyPlainHTTP, Err: err}
	}
	cfg := egress.Config{
		CAFile:             h.text(keyCAFile),
		Proxy:              h.text(keyProxy),
		InsecureSkipVerify: h.cfg.InsecureSkipVerify,
		AllowLoopback:      loopback,
		UserAgent:          "stella-doctor/" + h.cfg.Version,
		Environ:            h.cfg.Environ,
	}
	client, err := egress.New(cfg)
	if err != nil {
		return nil, cfg, &ConfigError{Err: err}
	}
	return client, cfg, nil
}

// text is the value of a setting of the host's own; empty when it is not set.
func (h *Host) text(key string) string {
	e, _ := h.settings.Lookup(key)
	return e.Value
}

// The settings that the host itself reads.
const (
	keyCAFile   = "Doctor:Tls:CaFile"
	keyProxy    = "Doctor:Proxy"
	keyLoopback = "Doctor:Access:Loopback"
	// keyPlainHTTP lets secrets go over plain HTTP to other machines.
	keyPlainHTTP = "Doctor:Access:PlainHttpCredentials"
)

// plainHTTP says whether secrets may go over plain HTTP. OpenNetwork has told
// what is wrong with the setting.
func (h *Host) plainHTTP() bool {
	yes, err := settings.ParseBool(h.text(keyPlainHTTP))
	return err == nil && yes
}

// Settings returns the operator's settings that the host reads.
func (h *Host) Settings() *settings.Store { return h.settings }

// Close ends the workers and releases what Open acquired. It is idempotent.
func (h *Host) Close() error {
	var errs []error
	if h.catalog != nil {
		for _, p := range h.catalog.plugins {
			errs = append(errs, p.close())
		}
	}
	for _, c := range h.closers {
		c()
	}
	h.closers = nil
	return errors.Join(errs...)
}

// WorkerMain serves a plugin when this process was started as a worker, or takes
// back what a killed process has left when it was started for that, and then
// exits; otherwise it returns at once. A program that opens plugin files
// calls it first thing in main, a test binary in TestMain.
func WorkerMain() {
	sandbox.WorkerMain()
	guardMain()
}

// ConfigError says that a setting of the host itself cannot be used.
type ConfigError struct {
	Key string // empty when Err names it
	Err error
}

func (e *ConfigError) Error() string {
	if e.Key == "" {
		return "configuration: " + e.Err.Error()
	}
	return fmt.Sprintf("configuration: setting %s: %v", e.Key, e.Err)
}

// Unwrap returns the cause.
func (e *ConfigError) Unwrap() error { return e.Err }
