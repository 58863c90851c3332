package sdk

// describeExport is wire.ExportDescribe: no input, the PluginInfo out.
//
//go:wasmexport doctor_describe
func describeExport() int32 { return answer(describe(registered)) }

// runExport is wire.ExportRun: the Request in, the Result out.
//
//go:wasmexport doctor_run
func runExport() int32 { return answer(run(registered, backend{}, readInput())) }

// answer hands a document or a sentence to the host and returns the code of the
// export: zero for a document.
func answer(out []byte, err error) int32 {
	if err != nil {
		kernelErrorSet(writeBlock([]byte(err.Error())))
		return 1
	}
	block := writeBlock(out)
	if block == 0 {
		kernelErrorSet(writeBlock([]byte("no memory for the answer")))
		return 1
	}
	kernelOutputSet(block, uint64(len(out)))
	return 0
}

// backend reaches the host. It has no field and no table: each method is bound
// to one import, and a method that a plugin does not call leaves no import.
type backend struct{}

// hostHTTPRead is wire.FuncHTTPRead of wire.ImportModule: the block of an
// HTTPRequest in, the block of an HTTPResponse out, zero for none.
//
//go:wasmimport stella:doctor/v1 http_read
func hostHTTPRead(request uint64) (response uint64)

func (backend) httpRead(in []byte) []byte {
	request := writeBlock(in)
	if request == 0 {
		return nil
	}
	return exchanged(request, hostHTTPRead(request))
}

// hostHTTPWrite is wire.FuncHTTPWrite, with the documents of http_read.
//
//go:wasmimport stella:doctor/v1 http_write
func hostHTTPWrite(request uint64) (response uint64)

func (backend) httpWrite(in []byte) []byte {
	request := writeBlock(in)
	if request == 0 {
		return nil
	}
	return exchanged(request, hostHTTPWrite(request))
}

// hostTCPProbe is wire.FuncTCPProbe: the block of a TCPRequest in, the block of a
// TCPResponse out, zero for none.
//
//go:wasmimport stella:doctor/v1 tcp_probe
func hostTCPProbe(request uint64) (response uint64)

func (backend) tcpProbe(in []byte) []byte {
	request := writeBlock(in)
	if request == 0 {
		return nil
	}
	return exchanged(request, hostTCPProbe(request))
}

// exchanged reads the response and gives both blocks back, because a check over
// a long list would otherwise fill the kernel's memory with answers it has read.
func exchanged(request, response uint64) []byte {
	kernelFree(request)
	if response == 0 {
		return nil
	}
	out := readBlock(response)
	kernelFree(response)
	return out
}

// The kernel's log functions give the block back themselves.

func (backend) logDebug(msg string) {
	if block := writeBlock([]byte(msg)); block != 0 {
		kernelLogDebug(block)
	}
}

func (backend) logInfo(msg string) {
	if block := writeBlock([]byte(msg)); block != 0 {
		kernelLogInfo(block)
	}
}

func (backend) logWarn(msg string) {
	if block := writeBlock([]byte(msg)); block != 0 {
		kernelLogWarn(block)
	}
}
