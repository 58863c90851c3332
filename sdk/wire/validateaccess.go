package wire

import (
	"strconv"
	"strings"
)

// access checks one access entry of c.
func (j *judge) access(c *CheckInfo, a *Access, p place) {
	j.oneOf(a.Kind, p.at("kind"), KindHTTP, KindTCP)
	j.oneOf(a.Class, p.at("class"), ClassRead, ClassWrite)
	j.want(a.Class == ClassRead || c.Class == ClassWrite, p.at("class"), "a check of class read cannot have write access")
	if a.Kind == KindTCP {
		j.tcpAccess(c, a, p)
	} else {
		j.httpAccess(a, p)
	}
	stars := j.target(c, a, p.at("target"))
	for i, key := range a.Secrets {
		p := p.at("secrets").index(i)
		s := settingOf(c, key)
		j.wantOf(s != nil && s.Secret, p, key, " is not declared as a secret setting")
		j.want(starsOf(s) == stars, p, "has another number of asterisks than the target: a secret of one item goes to that item's address only")
	}
	j.distinct(a.Secrets, p.at("secrets"))
	j.text(a.Reason, p.at("reason"), false)
}

func (j *judge) httpAccess(a *Access, p place) {
	j.want(len(a.Methods) > 0, p.at("methods"), "at least one method is wanted")
	for i, m := range a.Methods {
		class := MethodClass(m)
		j.wantOf(class != "", p.at("methods").index(i), m, " is none of GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE")
		if class != ClassRead && a.Class != ClassWrite {
			j.want(false, p.at("class"), "access with "+printable(m)+" is of class write")
		}
	}
	j.distinct(a.Methods, p.at("methods"))
	if a.Trim != TrimAll {
		j.pathPrefix(a.Trim, p.at("trim"))
	}
	j.pathPrefix(a.Path, p.at("path"))
	j.want(a.Port == "", p.at("port"), "goes with tcp only")
	j.want(len(a.DefaultPort) == 0, p.at("default_port"), "goes with tcp only")
	j.wantOf(a.Redirects == "" || a.Redirects == RedirectSameOrigin, p.at("redirects"), a.Redirects, " is not "+RedirectSameOrigin)
	if a.MaxBody < 0 || a.MaxBody > MaxBodyBytes {
		j.want(false, p.at("max_body"), "is not between 0 and "+strconv.Itoa(MaxBodyBytes))
	}
}

func (j *judge) tcpAccess(c *CheckInfo, a *Access, p place) {
	j.want(len(a.Methods) == 0, p.at("methods"), "goes with http only")
	j.want(a.Trim == "", p.at("trim"), "goes with http only")
	j.want(a.Path == "", p.at("path"), "goes with http only")
	j.want(a.Redirects == "", p.at("redirects"), "goes with http only")
	j.want(a.MaxBody == 0, p.at("max_body"), "goes with http only")
	if a.Port != "" {
		key, ok := settingRef(a.Port)
		s := settingOf(c, key)
		j.wantOf(ok && s != nil, p.at("port"), a.Port, " names no declared setting in braces")
		target, _ := settingRef(a.Target)
		j.want(starsOf(s) <= starsOf(settingOf(c, target)), p.at("port"), "has an asterisk that the target lacks: it would be the port of any item")
	}
	for i, n := range a.DefaultPort {
		j.want(n >= 1 && n <= 65535, p.at("default_port").index(i), "is not between 1 and 65535")
	}
}

// target checks the target and returns its number of asterisks.
func (j *judge) target(c *CheckInfo, a *Access, p place) int {
	if strings.HasPrefix(a.Target, "{") {
		key, ok := settingRef(a.Target)
		s := settingOf(c, key)
		j.wantOf(ok && s != nil, p, a.Target, " names no declared setting in braces")
		j.want(s == nil || s.Type == TypeURL || s.Type == TypeString, p, "the setting is neither an url nor a string")
		return starsOf(s)
	}
	if a.Kind == KindTCP {
		_, rule := ScreenPeer(a.Target)
		j.wantOf(rule == "", p, a.Target, " is no host or scheme://host:port")
		return 0
	}
	_, rule := ScreenURL(a.Target)
	j.wantOf(rule == "", p, a.Target, " is neither {Key} nor an address that can be used ("+rule+")")
	return 0
}

func (j *judge) pathPrefix(path string, p place) {
	j.wantOf(path == "" || path[0] == '/' && strings.IndexByte(path, '?') < 0 && len(path) <= MaxURLBytes/2 && !hasForbiddenByte(path) && goodPath(path),
		p, path, " is no path that can be used")
}

// settingRef reads {Key}.
func settingRef(s string) (key string, ok bool) {
	key, found := strings.CutPrefix(s, "{")
	key, closed := strings.CutSuffix(key, "}")
	return key, found && closed && !strings.ContainsAny(key, "{}")
}

// settingOf finds a declared setting by its key as declared, nil if there is none.
func settingOf(c *CheckInfo, key string) *SettingInfo {
	for i := range c.Settings {
		if c.Settings[i].Key == key {
			return &c.Settings[i]
		}
	}
	return nil
}

func starsOf(s *SettingInfo) int {
	if s == nil {
		return 0
	}
	return stars(s.Key)
}
