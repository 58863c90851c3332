// Package plugin handles the .wasm file as an artefact: it bounds what the file
// can make an engine do, reads and writes the sealed description, and executes
// nothing.
//
// # Why a scanner of its own
//
// Engines allocate what a file claims before they look at what it holds: a
// module of fifteen bytes can end the process that decodes it, a module of six
// kilobytes can be compiled for minutes, and no context stops either. [Scan]
// therefore reads every byte of a module first. It allocates nothing from a
// count that the file claims, accepts exactly one encoding of what engines
// disagree about, and refuses whatever exceeds a limit of [ScanLimits]. What it
// cannot bound (the time that a compiler takes, what the code does) must run
// where it can be killed.
//
// # Four questions
//
//	Scan          is this a core module of bounded size and shape?
//	Module.Check  is it a Doctor plugin that asks for nothing but what is offered?
//	Open          is it sealed, and with what description?
//	ReadInfo      what is the description (section headers only)?
//
// Every no is a [Refusal] with a stable rule name. The functions of this
// package are pure and may be called from several goroutines.
package plugin
