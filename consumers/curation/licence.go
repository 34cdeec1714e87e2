package curation

import "regexp"

// LicenceDoubt reports whether code carries a notice of whose it is or under which licence: a model repeats such only with code
// that it learned by heart, and nobody may train on that without asking.
func LicenceDoubt(code string) bool { return notice.MatchString(code) }

var notice = regexp.MustCompile(`(?i)SPDX-License-Identifier|\bcopyright\s+(\(c\)|©|\d{4})|©\s*\d{4}|\ball rights reserved\b|\blicensed under\b|` +
	`\bGNU\s+(\w+\s+)?General Public License\b|\bPermission is hereby granted, free of charge\b|\bRedistribution and use in source and binary forms\b`)
