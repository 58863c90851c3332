package plugin

import "stella-ops.org/doctor/host/plugin/plugintest"

// The builder of modules, under the short names that its productions have here.
var (
	join          = plugintest.Join
	u32           = plugintest.U32
	bytesOf       = plugintest.BytesOf
	str           = plugintest.Str
	vec           = plugintest.Vec
	many          = plugintest.Many
	section       = plugintest.Section
	custom        = plugintest.Custom
	file          = plugintest.File
	funcTypeOf    = plugintest.FuncType[ValueType]
	importOf      = plugintest.Import
	code          = plugintest.Code
	noLocals      = plugintest.NoLocals
	locals        = plugintest.Locals
	ops           = plugintest.Ops
	rep           = plugintest.Rep
	nested        = plugintest.Nested
	padded        = plugintest.Padded
	validDraft    = plugintest.Valid
	with          = plugintest.With
	withCode      = plugintest.WithCode
	withFunctions = plugintest.WithFunctions
	withImport    = plugintest.WithImport[ValueType]
	sampleInfo    = plugintest.Info
	sealed        = plugintest.Sealed
)

type draft = plugintest.Draft

func exportOf(name string, kind ExportKind, index uint32) []byte {
	return plugintest.Export(name, byte(kind), index)
}

// huge is the largest count that fits 32 bits.
var huge = []byte{0xff, 0xff, 0xff, 0xff, 0x0f}
