package weakness

// owasp holds the category of the OWASP Top 10 of 2021 that lists a CWE, for those that the rules here name.
var owasp = map[string]string{
	"CWE-22": "A01:2021", "CWE-200": "A01:2021", "CWE-276": "A01:2021", "CWE-284": "A01:2021", "CWE-377": "A01:2021",
	"CWE-668": "A01:2021", "CWE-732": "A01:2021", "CWE-862": "A01:2021", "CWE-863": "A01:2021",
	"CWE-261": "A02:2021", "CWE-311": "A02:2021", "CWE-319": "A02:2021", "CWE-320": "A02:2021", "CWE-324": "A02:2021",
	"CWE-326": "A02:2021", "CWE-327": "A02:2021", "CWE-328": "A02:2021",
	"CWE-77": "A03:2021", "CWE-78": "A03:2021", "CWE-88": "A03:2021", "CWE-89": "A03:2021", "CWE-95": "A03:2021",
	"CWE-256": "A04:2021", "CWE-269": "A04:2021", "CWE-312": "A02:2021", "CWE-522": "A04:2021", "CWE-653": "A04:2021",
	"CWE-16": "A05:2021", "CWE-250": "A05:2021", "CWE-1188": "A05:2021", "CWE-526": "A05:2021",
	"CWE-1104": "A06:2021",
	"CWE-259":  "A07:2021", "CWE-287": "A07:2021", "CWE-295": "A07:2021", "CWE-297": "A07:2021", "CWE-306": "A07:2021",
	"CWE-521": "A07:2021", "CWE-798": "A07:2021", "CWE-1392": "A07:2021", "CWE-214": "A07:2021",
	"CWE-494": "A08:2021", "CWE-829": "A08:2021", "CWE-345": "A08:2021", "CWE-353": "A08:2021",
	"CWE-223": "A09:2021", "CWE-532": "A09:2021", "CWE-778": "A09:2021",
	"CWE-918": "A10:2021",
}

// OWASP returns the category of the OWASP Top 10 of 2021 that lists a CWE, security misconfiguration (A05) where none does.
func OWASP(cwe string) string {
	if category, ok := owasp[cwe]; ok {
		return category
	}
	return "A05:2021"
}
