package wire

const noEvidence = "a guest does not read evidence"

func (c *codec) readValue(*Value) { c.fail(noEvidence) }

func (c *codec) readItem(*Item) { c.fail(noEvidence) }
