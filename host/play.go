package host

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"stella-ops.org/doctor/host/access"
	"stella-ops.org/doctor/host/sandbox"
	"stella-ops.org/doctor/sdk/wire"
	"stella-ops.org/doctor/sdk/wire/exchange"
)

// Played is what a check made of a case.
type Played struct {
	// Result is the guest's document, valid.
	Result wire.Result
	// Unexpected are the host calls that the case does not hold; Unplayed the
	// exchanges that the check did not make.
	Unexpected []string
	Unplayed   []exchange.Exchange
}

// Play runs one check of a case inside real WebAssembly, its host calls
// answered from the case and from nowhere else. Grants come from the settings
// of the case's request, so that authorize judges as in a run.
//
// It returns an *UnknownError when no plugin has the check, and a *PlayError
// when the check did not come to a valid result.
func (h *Host) Play(ctx context.Context, c *exchange.Case) (*Played, error) {
	i := slices.IndexFunc(h.catalog.checks, func(e checkEntry) bool { return e.info.ID == c.Request.Check })
	if i < 0 {
		return nil, h.catalog.unknownCheck(c.Request.Check)
	}
	return h.playCase(ctx, h.catalog.checks[i], c, exchange.NewPlayer(c.Exchanges))
}

// playCase is Play of a check that was found.
func (h *Host) playCase(ctx context.Context, e checkEntry, c *exchange.Case, player *exchange.Player) (*Played, error) {
	p, err := h.play(ctx, e, c, playing{player: player, stands: sameRefusal, budget: wire.MaxRequests,
		timeout: checkTimeout(e.info, time.Duration(c.Request.DeadlineMS)*time.Millisecond, 0)})
	if err != nil {
		return nil, err
	}
	if p.out.Fault != nil {
		return nil, &PlayError{Fault: p.out.Fault}
	}
	played := &Played{Unplayed: p.network.player.Rest()}
	for _, u := range p.network.unexpected {
		text := askedText(&u.Exchange)
		if u.refusal != "" {
			text += ", which the access policy refuses: " + u.refusal
		}
		played.Unexpected = append(played.Unexpected, text)
	}
	if err := wire.Unmarshal(p.out.Output, &played.Result); err != nil {
		return nil, &PlayError{Err: err}
	}
	if err := played.Result.Validate(e.info, &c.Request); err != nil {
		return nil, &PlayError{Err: err}
	}
	return played, nil
}

// playing says how a check is run on recorded answers.
type playing struct {
	player  *exchange.Player
	stands  func(denial, recorded *wire.CallError) bool
	budget  int
	timeout time.Duration
}

// play is what became of it.
type play struct {
	out     sandbox.Result
	calls   *hostCalls
	network *playedNetwork
}

// play runs one check with the request of c. No other network exists for it:
// its calls pass authorize and are answered by the player.
func (h *Host) play(ctx context.Context, e checkEntry, c *exchange.Case, how playing) (*play, error) {
	network := &playedNetwork{player: how.player, stands: how.stands}
	calls := &hostCalls{
		grants:  playedGrants(e.info, c.Request.Settings),
		network: network,
		refused: network.refused,
		budget:  how.budget,
		writes:  writes(e.info), // what was recorded was allowed
	}
	out, err := h.callGuest(ctx, e, &c.Request, calls, how.timeout)
	if err != nil {
		return nil, err
	}
	return &play{out, calls, network}, nil
}

// playedGrants binds declared access to the settings of a case.
func playedGrants(info *wire.CheckInfo, given map[string]wire.Setting) []access.Grant {
	lookup := func(key string) (value, winning string, ok bool) {
		s, ok := given[key]
		if s.URL != nil && s.URL.Valid { // of a secret address the origin is known
			return wire.URL{Scheme: s.URL.Scheme, Host: s.URL.Host, Port: s.URL.Port}.Origin(), s.Key, ok
		}
		return s.Value, s.Key, ok
	}
	return access.Resolve(info.Access, lookup, func(pattern string) []int { return playedItems(given, pattern) })
}

// playedItems are the item numbers that the settings of a case have for a
// pattern.
func playedItems(given map[string]wire.Setting, pattern string) []int {
	before, after, _ := strings.Cut(pattern, "*")
	var items []int
	for key := range given {
		if n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(key, before), after)); err == nil && key == before+strconv.Itoa(n)+after {
			items = append(items, n)
		}
	}
	slices.Sort(items)
	return items
}

// PlayError says that a check came to no valid result.
type PlayError struct {
	Fault *sandbox.Fault // nil when the guest answered
	Err   error
}

func (e *PlayError) Error() string {
	if e.Fault != nil {
		return "the check ended without a result: " + oneLine(e.Fault.Error())
	}
	return fmt.Sprintf("the check's answer breaks the contract: %v", e.Err)
}
