package host

import "stella-ops.org/doctor/host/settings"

// SettingValue is the state of one declared setting that has a value.
type SettingValue struct {
	Key    string `json:"key"`
	Value  string `json:"value"` // settings.Mask for a secret
	Origin string `json:"origin"`
	// Declared is the key as declared, with an asterisk for an item number.
	Declared string `json:"-"`
}

// SettingValues shows the settings of a check as its guest would see them, so
// that neither a secret nor a password inside an address is printed.
func (h *Host) SettingValues(c Check) []SettingValue {
	return settingValues(h.settings.Resolve(c.Plugin.Info.ID, c.Info.Settings))
}

func settingValues(r settings.Resolution) []SettingValue {
	values := []SettingValue{}
	if len(r.Values) == 0 {
		return values
	}
	visible := r.Request()
	for _, v := range r.Values {
		sv := SettingValue{Key: v.Declared, Value: settings.MaskQuery(visible[v.Declared].Value), Origin: "default", Declared: v.Info.Key}
		if v.From.Key != "" {
			sv.Origin = v.From.Origin + " (" + v.From.Key + ")"
		}
		if v.Secret {
			sv.Value = settings.Mask
		}
		values = append(values, sv)
	}
	return values
}
