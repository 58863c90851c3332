package host

import (
	"context"
	"slices"

	"stella-ops.org/doctor/host/truth"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// TruthTable derives the truth table of the check that the base cases are of, by
// running it inside real WebAssembly on every answer that take wants, nil for all
// (DESIGN §7). It takes some seconds for each request.
//
// It returns an *UnknownError when no plugin has the check, and a *PlayError
// when an answer led to no valid result. Any other error says which call a base
// case holds no answer to.
func (h *Host) TruthTable(ctx context.Context, check string, bases []exchange.Case, take func(truth.Answer) bool) (*truth.Table, error) {
	i := slices.IndexFunc(h.catalog.checks, func(e checkEntry) bool { return e.info.ID == check })
	if i < 0 {
		return nil, h.catalog.unknownCheck(check)
	}
	e := h.catalog.checks[i]
	return truth.Derive(check, bases, func(c *exchange.Case) (wire.Result, []exchange.Exchange, error) {
		played, err := h.playCase(ctx, e, c, exchange.NewAnyOrderPlayer(c.Exchanges))
		if err == nil && len(played.Unexpected) > 0 {
			err = errUnexpected(played.Unexpected[0])
		}
		if err != nil {
			return wire.Result{}, nil, err
		}
		return played.Result, played.Unplayed, nil
	}, take)
}

// errUnexpected is a call that the case does not hold.
type errUnexpected string

func (e errUnexpected) Error() string { return "the case holds no answer to " + string(e) }
