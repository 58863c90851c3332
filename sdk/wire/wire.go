// Package wire is the contract between the Doctor host and a plugin: the
// documents that cross the WebAssembly boundary, the names of the ABI, the
// limits, and the rules that both sides apply to them.
//
// # The boundary
//
// A plugin exports two functions without parameters that return an i32 (zero
// for success): [ExportDescribe] writes a [PluginInfo], [ExportRun] reads a
// [Request] and writes a [Result]. While it runs, a plugin may call the host
// functions of import module [ImportModule]; each takes and returns the offset
// of one JSON document in Extism's memory:
//
//	http_read   HTTPRequest → HTTPResponse   GET, HEAD, OPTIONS
//	http_write  HTTPRequest → HTTPResponse   POST, PUT, PATCH, DELETE
//	tcp_probe   TCPRequest → TCPResponse     connect, TLS handshake, banner
//
// They are separate imports on purpose: a linker drops the imports that nobody
// calls, so the import list of a module proves what it cannot do.
//
// # The documents
//
// Every document is JSON in UTF-8 with snake_case names. [Marshal] writes the
// fields in declared order and the keys of maps sorted, byte for byte what
// encoding/json writes. [Unmarshal] is stricter than encoding/json: names are
// matched by case, a duplicate key, a depth over [MaxDepth], invalid UTF-8 or
// trailing bytes refuse the whole document. Unknown fields are ignored, so
// that either side may be newer. Bytes are standard padded base64.
//
// The package imports no more of the standard library than a small guest can
// carry: no encoding/json, fmt, net/url, reflect or regexp.
package wire

// Version is the version of the contract that this package speaks. A host
// refuses a plugin whose [PluginInfo.ABI] is higher.
//
// History:
//
//	1  2026-11-23  first version: describe, run, http_read; http_write and tcp_probe named
//	1  2026-11-25  explain.steps: the usual change, per runtime; older sides ignore it
//	1  2026-11-25  http_write offered; undo in its request; basic without a user name; trim "*"
//	1  2026-11-25  TCPRequest and TCPResponse, the documents of tcp_probe; older hosts refuse the import
//	1  2026-11-25  depends_on orders the checks of a run; a circle within a plugin is refused
const Version = 1

// Names of the ABI.
const (
	// ExportDescribe is the export that answers with a PluginInfo.
	ExportDescribe = "doctor_describe"
	// ExportRun is the export that runs one check: Request in, Result out.
	ExportRun = "doctor_run"
	// ImportModule is the import module of the host functions.
	ImportModule = "stella:doctor/v1"
	// FuncHTTPRead is the host function for GET, HEAD and OPTIONS.
	FuncHTTPRead = "http_read"
	// FuncHTTPWrite is the host function for POST, PUT, PATCH and DELETE.
	FuncHTTPWrite = "http_write"
	// FuncTCPProbe is the host function for TCP and TLS handshakes.
	FuncTCPProbe = "tcp_probe"
	// SectionName names the custom section that seals a PluginInfo into a
	// module. It is the last section of the file and stands there once.
	SectionName = "stellaops.doctor.plugin"
)

// A Document is one of the types of this package that crosses the boundary as a JSON
// object of its own: [Request], [Result], [PluginInfo], [HTTPRequest], [HTTPResponse],
// [TCPRequest], [TCPResponse], or one of their parts. No type outside this package can
// be one.
type Document interface {
	walk(*codec)
}
