package token

import (
	"errors"
	"flag"
	"strconv"
	"strings"
)

// DefaultUser and DefaultPassword are good where no flag names a user.
const (
	DefaultUser     = "doctor"
	DefaultPassword = "registry-password"
)

// Flags adds a flag for each rule.
func (r *Rules) Flags(flags *flag.FlagSet) {
	r.Users = map[string]string{DefaultUser: DefaultPassword}
	named := false
	flags.Func("user", "`NAME:PASSWORD` that gets tokens, may be repeated (default "+DefaultUser+":"+DefaultPassword+")", func(v string) error {
		name, password, found := strings.Cut(v, ":")
		if !found || name == "" {
			return errors.New("want NAME:PASSWORD")
		}
		if !named {
			clear(r.Users)
			named = true
		}
		r.Users[name] = password
		return nil
	})
	flags.BoolVar(&r.Anonymous, "anonymous", false, "issue tokens that may pull to those who give no password")
	flags.BoolVar(&r.PullOnly, "pull-only", false, "issue no token that may do more than pull")
	flags.Func("fail", "answer every request for a token with this `status`", func(v string) (err error) {
		if r.Status, err = strconv.Atoi(v); err != nil || r.Status < 200 || r.Status > 599 {
			return errors.New("want a status from 200 to 599")
		}
		return nil
	})
	flags.StringVar(&r.Audience, "audience", "", "issue tokens for this `service` only")
	flags.DurationVar(&r.Skew, "skew", 0, "how far the clock is ahead")
	flags.BoolVar(&r.AccessToken, "access-token", false, "name the token access_token only")
}
