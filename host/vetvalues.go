package host

import (
	"fmt"
	"slices"
	"strings"

	"stella-ops.org/doctor/host/settings"
	"stella-ops.org/doctor/sdk/wire"
)

// isSecret tells the settings that get a canary. An address that is secret by its
// name alone, and is no webhook, is that of a token service: registries name it to
// everybody.
func isSecret(s wire.SettingInfo) bool {
	return s.Secret || settings.IsSecret(s.Key) && (s.Type != wire.TypeURL || strings.Contains(strings.ToLower(s.Key), "hook"))
}

// value is what a setting is set to; empty where the default speaks for itself.
func (v *inventor) value(s wire.SettingInfo) string {
	host := v.hostOf(s.Key)
	secret := isSecret(s)
	switch {
	case s.Type == wire.TypeURL && secret:
		return "https://" + host + "/hook/" + v.scene.Canary(s.Key).Secret
	case s.Type == wire.TypeURL:
		return "https://" + host
	case secret:
		return v.scene.Canary(s.Key).Secret
	case v.peers[s.Key]:
		return host
	case v.ports[s.Key]:
		return "10025"
	case s.Default != "":
		return s.Default
	case s.Type == wire.TypeInt:
		return "5"
	case s.Type == wire.TypeBool:
		return "true"
	case s.Type == wire.TypeList:
		return v.plain.Word(s.Key+" first") + "," + v.plain.Word(s.Key+" second")
	}
	return v.plain.Word(s.Key)
}

// others are what else a setting could be set to: the other truth, another number,
// another name, and whatever its description lists.
func (v *inventor) others(s wire.SettingInfo) []string {
	if isSecret(s) {
		if s.Type != wire.TypeURL {
			return nil
		}
		var all []string
		for _, host := range v.hosts(s) {
			all = append(all, "https://"+host+"/hook/"+v.scene.Canary(s.Key).Secret)
		}
		return all
	}
	switch {
	case s.Type == wire.TypeURL:
		var all []string
		for _, host := range v.hosts(s) {
			all = append(all, "https://"+host)
		}
		return append(all, "https://"+v.hostOf(s.Key+" otherwise")+"/prefix", notAnAddress)
	case v.peers[s.Key]:
		return []string{v.hostOf(s.Key + " otherwise")}
	case s.Type == wire.TypeInt:
		return []string{"7", "many"}
	case s.Type == wire.TypeBool:
		if v.value(s) == "true" {
			return []string{"false"}
		}
		return []string{"true"}
	case s.Type == wire.TypeList:
		return []string{v.plain.Word(s.Key + " third")}
	}
	return append(listed(s.Description), v.plain.Word(s.Key+" otherwise"))
}

// notAnAddress is what an operator may well write.
const notAnAddress = "not an address"

// maxWords bounds what is taken from one description.
const maxWords = 8

// listed are the words of "one, two or three" in a description: how authors say
// what a setting may be.
func listed(description string) []string {
	var all []string
	for _, list := range aList.FindAllString(inBrackets.ReplaceAllString(description, ""), -1) {
		for _, word := range aWord.FindAllString(list, -1) {
			if word = strings.Trim(word, "."); word != "or" && !slices.Contains(all, word) && len(all) < maxWords {
				all = append(all, word)
			}
		}
	}
	return all
}

// hosts are the names of hosts that the plugin itself mentions: in the description
// of a setting, and as literal targets, these also without their first label.
func (v *inventor) hosts(s wire.SettingInfo) []string {
	found := aHost.FindAllString(strings.ToLower(s.Description), -1)
	for _, a := range v.check.info.Access {
		if braced(a.Target) != "" {
			continue
		}
		if u, rule := wire.ScreenURL(a.Target); rule == "" {
			found = append(found, u.Host)
			if _, parent, _ := strings.Cut(u.Host, "."); strings.Contains(parent, ".") {
				found = append(found, parent)
			}
		}
	}
	var all []string
	for _, host := range found {
		if u, rule := wire.ScreenURL("https://" + host); rule == "" && u.Host == host && !slices.Contains(all, host) && len(all) < maxWords {
			all = append(all, host)
		}
	}
	return all
}

// hostOf is the invented host of a setting.
func (v *inventor) hostOf(key string) string { return v.scene.Word(key) + "." + v.scene.Domain }

// itemValue tells the addresses of two items apart.
func (v *inventor) itemValue(text string, item int) string {
	if scheme, rest, ok := strings.Cut(text, "://"); ok && item > 0 {
		host, path, _ := strings.Cut(rest, "/")
		if label, domain, ok := strings.Cut(host, "."); ok && strings.HasSuffix(host, "."+v.scene.Domain) {
			host = label + "-" + fmt.Sprint(item) + "." + domain
		}
		if path != "" {
			path = "/" + path
		}
		return scheme + "://" + host + path
	}
	return text
}
