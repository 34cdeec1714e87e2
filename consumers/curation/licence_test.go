package curation

import "testing"

func TestLicenceDoubt(t *testing.T) {
	for code, want := range map[string]bool{
		"// SPDX-License-Identifier: MIT\npackage x":          true,
		"/* Copyright (c) 2019 Somebody */":                   true,
		"# copyright 2021":                                    true,
		"# under the GNU Affero General Public License":       true,
		"# Licensed under the Apache License":                 true,
		"":                                                    false,
		"func copyright() string { return page.Copyright }":   false,
		"license := flag.String(\"license\", \"\", \"file\")": false,
		"if user.Licensed { under = true }":                   false,
	} {
		if got := LicenceDoubt(code); got != want {
			t.Errorf("%q: %v", code, got)
		}
	}
}
