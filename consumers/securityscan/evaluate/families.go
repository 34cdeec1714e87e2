package evaluate

import "strings"

// families are the CWE ids that count as the same weakness, as the labelled data's README defines them. An id may be in
// several.
var families = map[string][]string{
	"sqli":            {"CWE-89", "CWE-564", "CWE-652", "CWE-943"},
	"command":         {"CWE-77", "CWE-78", "CWE-88", "CWE-214", "CWE-624"},
	"code":            {"CWE-94", "CWE-95", "CWE-96", "CWE-97", "CWE-98", "CWE-470", "CWE-829", "CWE-830", "CWE-913", "CWE-915", "CWE-917", "CWE-1321", "CWE-1336"},
	"xss":             {"CWE-79", "CWE-80", "CWE-83", "CWE-84", "CWE-85", "CWE-86", "CWE-87", "CWE-116", "CWE-838", "CWE-1004", "CWE-1007"},
	"path":            {"CWE-22", "CWE-23", "CWE-24", "CWE-25", "CWE-26", "CWE-35", "CWE-36", "CWE-38", "CWE-39", "CWE-40", "CWE-41", "CWE-59", "CWE-61", "CWE-73", "CWE-99", "CWE-276", "CWE-377", "CWE-378", "CWE-379", "CWE-434", "CWE-548", "CWE-552", "CWE-641"},
	"xxe":             {"CWE-91", "CWE-112", "CWE-611", "CWE-643", "CWE-652", "CWE-776", "CWE-827"},
	"ldap":            {"CWE-90"},
	"headers":         {"CWE-93", "CWE-113", "CWE-117", "CWE-444", "CWE-644"},
	"deserialization": {"CWE-502", "CWE-915"},
	"ssrf":            {"CWE-441", "CWE-601", "CWE-918", "CWE-939"},
	"crypto":          {"CWE-261", "CWE-310", "CWE-311", "CWE-320", "CWE-321", "CWE-322", "CWE-323", "CWE-324", "CWE-325", "CWE-326", "CWE-327", "CWE-328", "CWE-329", "CWE-347", "CWE-522", "CWE-523", "CWE-759", "CWE-760", "CWE-780", "CWE-916", "CWE-1204", "CWE-1240"},
	"random":          {"CWE-329", "CWE-330", "CWE-331", "CWE-332", "CWE-335", "CWE-337", "CWE-338", "CWE-339", "CWE-340", "CWE-341", "CWE-343", "CWE-1204"},
	"tls":             {"CWE-295", "CWE-296", "CWE-297", "CWE-298", "CWE-299", "CWE-300", "CWE-311", "CWE-319", "CWE-322", "CWE-326", "CWE-345", "CWE-346", "CWE-347", "CWE-350", "CWE-353", "CWE-494", "CWE-599", "CWE-757", "CWE-918"},
	"secrets":         {"CWE-256", "CWE-257", "CWE-259", "CWE-260", "CWE-312", "CWE-313", "CWE-321", "CWE-499", "CWE-522", "CWE-526", "CWE-532", "CWE-538", "CWE-540", "CWE-547", "CWE-549", "CWE-798", "CWE-1392"},
	"cookie":          {"CWE-315", "CWE-539", "CWE-614", "CWE-1004", "CWE-1275"},
	"csrf":            {"CWE-346", "CWE-352", "CWE-942", "CWE-1275"},
	"auth":            {"CWE-16", "CWE-250", "CWE-264", "CWE-266", "CWE-269", "CWE-272", "CWE-273", "CWE-276", "CWE-279", "CWE-281", "CWE-283", "CWE-284", "CWE-285", "CWE-287", "CWE-288", "CWE-289", "CWE-290", "CWE-301", "CWE-306", "CWE-307", "CWE-345", "CWE-346", "CWE-384", "CWE-425", "CWE-521", "CWE-522", "CWE-613", "CWE-620", "CWE-639", "CWE-640", "CWE-653", "CWE-668", "CWE-693", "CWE-732", "CWE-749", "CWE-862", "CWE-863", "CWE-922", "CWE-942", "CWE-1188", "CWE-1220"},
	"exposure":        {"CWE-11", "CWE-14", "CWE-200", "CWE-201", "CWE-203", "CWE-208", "CWE-209", "CWE-210", "CWE-211", "CWE-215", "CWE-226", "CWE-385", "CWE-489", "CWE-497", "CWE-532", "CWE-538", "CWE-548", "CWE-552", "CWE-668", "CWE-756", "CWE-1295"},
	"dos":             {"CWE-185", "CWE-400", "CWE-409", "CWE-606", "CWE-625", "CWE-674", "CWE-703", "CWE-730", "CWE-770", "CWE-776", "CWE-777", "CWE-789", "CWE-835", "CWE-1333"},
	"memory":          {"CWE-14", "CWE-20", "CWE-118", "CWE-119", "CWE-120", "CWE-121", "CWE-122", "CWE-123", "CWE-124", "CWE-125", "CWE-126", "CWE-127", "CWE-129", "CWE-130", "CWE-131", "CWE-134", "CWE-170", "CWE-193", "CWE-242", "CWE-252", "CWE-253", "CWE-401", "CWE-415", "CWE-416", "CWE-467", "CWE-468", "CWE-476", "CWE-562", "CWE-665", "CWE-676", "CWE-680", "CWE-690", "CWE-754", "CWE-761", "CWE-762", "CWE-787", "CWE-788", "CWE-805", "CWE-806", "CWE-822", "CWE-823", "CWE-824", "CWE-825", "CWE-843", "CWE-908"},
	"integer":         {"CWE-20", "CWE-128", "CWE-190", "CWE-191", "CWE-192", "CWE-194", "CWE-195", "CWE-196", "CWE-197", "CWE-369", "CWE-681", "CWE-682", "CWE-1335"},
	"format":          {"CWE-20", "CWE-134"},
	"input":           {"CWE-20", "CWE-74", "CWE-179", "CWE-180", "CWE-182", "CWE-183", "CWE-184", "CWE-501", "CWE-601", "CWE-807", "CWE-1286", "CWE-1287", "CWE-1289"},
	"race":            {"CWE-362", "CWE-363", "CWE-364", "CWE-366", "CWE-367", "CWE-377", "CWE-609", "CWE-820", "CWE-821"},
	"tempfile":        {"CWE-59", "CWE-377", "CWE-378", "CWE-379"},
	"logging":         {"CWE-117", "CWE-223", "CWE-532", "CWE-778", "CWE-779"},
}

// familiesOf are the names of the families of an id.
var familiesOf = func() map[string][]string {
	m := map[string][]string{}
	for name, ids := range families {
		for _, id := range ids {
			m[id] = append(m[id], name)
		}
	}
	return m
}()

// sameFamily reports whether an id is among others, or shares a family with one of them.
func sameFamily(id string, others []string) bool {
	if id == "" {
		return false
	}
	for _, other := range others {
		if strings.EqualFold(id, other) {
			return true
		}
		for _, a := range familiesOf[id] {
			for _, b := range familiesOf[other] {
				if a == b {
					return true
				}
			}
		}
	}
	return false
}
