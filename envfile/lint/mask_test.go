package lint

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// The tail of no secret is shown, whatever the form of it; no line is lost, what is no secret
// stays.
func TestMaskFile(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text string }{
		{"hive-site.xml", "<property>\n<name>javax.jdo.option.ConnectionPassword</name>\n<value>hunter</value>\n</property>\n<property><name>a</name><value>seen</value></property>"},
		{"hive-site.xml", "<property><value>hunter\nhunter</value><name>fs.s3a.secret.key</name></property>\nseen"},
		{"hive-site.xml", "<!-- <property><name>x.password</name><value>hunter -->\n"},
		{"log4j2.xml", "<Jdbc password='hunter x hunter' user=\"seen\"/><Property name=\"db.password\">hunter\nhunter</Property><p name=\"k.secret\" value=\"hunter\"/>"},
		{"spark-defaults.conf", "spark.authenticate.secret   first hunterTail\nspark.a seen"},
		{"spark-defaults.conf", "spark.authenticate.secret first \\\n  hunter\nspark.a seen"},
		{"spark-defaults.conf", "spark.authenticate.secret\\\n  hunter\nspark.a seen"},
		{"spark-defaults.conf", "# spark.authenticate.secret   first hunterTail\nspark.x.url http://u:a@hunter@seen/"},
		{"metrics.properties", "password a hunter\n\"token\": \"a hunter\"\n*.sink.x.password=a hunter\n"},
		{"spark-env.sh", `X_SECRET=$'ab\' hunter' A=seen`},
		{"spark-env.sh", "SECRETS=(hunter hunter\n hunter) A=seen"},
		{"spark-env.sh", "declare -A C=([password]=hunter [b]=seen)"},
		{"spark-env.sh", "DB_PASS=$(echo x hunter)\nB=seen"},
		{"spark-env.sh", "DB_PASS=`echo x hunter`\nB=seen"},
		{"spark-env.sh", "read -r DB_PASSWORD <<EOF\nhunter hunter\nEOF\nB=seen"},
		{"spark-env.sh", "while read -r DB_PASSWORD; do :; done <<<'a hunter'\nB=seen"},
		{"spark-env.sh", "echo a hunter | read -r DB_PASSWORD; B=seen"},
		{"spark-env.sh", "read -r DB_PASSWORD < <(echo hunter); B=seen"},
		{"spark-env.sh", "printf -v KEYSTORE_PASSWORD %s hunter\nB=seen"},
		{"spark-env.sh", "printf -v db_password %s hunter\nB=seen"},
		{"spark-env.sh", "DB_PASSWORD='a\nhunter\n\nhunter' B=seen"},
		{"spark-env.sh", "DB_PASSWORD=a\\\nhunter\nB=seen"},
		{"spark-env.sh", "export \"DB_PASSWORD=a hunter\" B=seen"},
		{"spark-env.sh", "export \"DB_PASSWORD=a\" 'PGPASSWORD=a hunter'\nB=seen"},
		{"spark-env.sh", "curl -u user:hunter http://seen; curl -uuser:hunter --user=u:hunter; wget --password hunter seen"},
		{"spark-env.sh", "curl -H 'Authorization: Basic hunter' seen; keytool -storepass hunter seen; mysql -phunter seen"},
		{"spark-env.sh", "A=https://u:p@hunterAt@seen/x"},
		{"spark-env.sh", "O=\"-Dspark.ssl.keyPassword=a'hunter -Db=c\" B=seen"},
		{"spark-env.sh", "O=\"-Dspark.ssl.keyPassword=a'hunter'b -Db=c\"\nB=seen"},
		{"spark-env.sh", "O=\"-Dspark.ssl.keyPassword=\\\"a hunter\\\" -Db=c\"\nB=seen"},
		{"spark-env.sh", "O=\"-Dspark.ssl.keyPassword=a -Db=seen\""},
		{"spark-env.sh", "O=\"-Dspark.ssl.keyPassword=a'b hunter' -Db=c\"\nB=seen"},
		{"spark-env.sh", "A=${DB_PASSWORD:-a hunter}; B=seen"},
		{"spark-env.sh", "[ \"$DB_PASSWORD\" = hunter ] && B=seen\n[[ $DB_PASSWORD == hunter ]] && C=1"},
		{"spark-env.sh", "# DB_PASSWORD=a hunter\n# it's the password\nB=seen"},
		{"spark-env.sh", "cat >x <<EOF\nspark.authenticate.secret a hunter\nspark.b seen\nEOF\n"},
		{"spark-env.sh", "bash -c 'DB_PASSWORD=a\\ hunter run'; B=seen"},
		{"spark-env.sh", "if true; DB_PASSWORD = a hunter\nB=seen"},
		{"spark-env.sh", "if true\nSECRETS=(hunter\nhunter)\nread -r DB_PASSWORD <<EOF\nhunter\nEOF\nDB_PASS=a\\\nhunter\nB=seen"},
		{"spark-env.sh", "if true\nmy --password hunter\nX_SECRET=$'a\\' hunter'\nX_SECRET='a\nhunter'\n"},
		{"spark-env.sh", "export DBPassword=hunter O=\"-Ddb.URLPassword=hunter -Dmy.APIToken=hunter\"\nB=seen"},
		{"log4j.properties", "log4j.appender.mail.SMTPPassword=a hunter\nlog4j.a=seen"},
		{"tls.key", "seen\n-----BEGIN PRIVATE KEY-----\nhunter\nhunter=\n-----END PRIVATE KEY-----\n"},
		{"key.pem", "-----BEGIN CERTIFICATE-----\nseen\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\r\nhunter\r\n-----END EC PRIVATE KEY-----\r\nseen"},
		{"id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAhunter\nhunter\n"},
		{"old.pem", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nhunter"},
		{"pgp.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nhunter\n-----END PGP PRIVATE KEY BLOCK-----\n"},
		{"spark-env.sh", "export PEM=\"-----BEGIN RSA PRIVATE KEY-----\nhunter\nhunter\n-----END RSA PRIVATE KEY-----\"\nB=seen"},
		{"spark-env.sh", "export PEM='-----BEGIN PRIVATE KEY-----\\nhunter\\n-----END PRIVATE KEY-----\\n' B=seen"},
		{"spark-env.sh", "cat >x <<EOF\n-----BEGIN PRIVATE KEY-----\nhunter\n-----END PRIVATE KEY-----\nEOF\nB=seen"},
		{"spark-env.sh", "if true; PEM=\"-----BEGIN PRIVATE KEY-----\nhunter\n-----END PRIVATE KEY-----\"\nB=seen"},
		{"spark-defaults.conf", "spark.pem -----BEGIN PRIVATE KEY----- \\\n  hunter \\\n -----END PRIVATE KEY-----\nspark.a seen"},
		{"hive-site.xml", "<property><name>pem</name><value>-----BEGIN PRIVATE KEY-----\nhunter\n-----END PRIVATE KEY-----</value></property>\nseen"},
		{".netrc", "machine seen login me password hunter"},
		{".netrc", "machine seen\n  login me\n  account hunter\n  password hunter\nmachine b\npassword\nhunter\n"},
		{"some.netrc", "machine seen password hunter login me\n"},
		{"curl.netrc", "machine seen login me password hunter\ndefault login me password \"hunter hunter\""},
		{"spark-env.sh", "cat >~/.netrc <<EOF\nmachine h\nlogin me\npassword hunter\nEOF\nB=seen"},
		{"spark-env.sh", "echo machine h login me password hunter >~/.netrc\nB=seen"},
		{"spark-env.sh", "export DBPASS=hunter dbpwd=hunter AUTHTOKEN=hunter GITHUB_PAT=hunter MYSQL_PW=hunter LDAP_BIND_CRED=hunter\nB=seen"},
		{"core-site.xml", "<property><name>fs.s3a.accesskey</name><value>hunter</value></property>\nseen"},
		{"spark-env.sh", "U='https://seen/c?sv=1&sig=hunter%3D&se=1'\n"},
		{"spark-defaults.conf", "spark.sas seen?sv=1&sig=hunter\n"},
		{"spark-env.sh", "OPTS=\"-a seen --password hunter -b\"\nB=seen"},
		{"spark-env.sh", "O='-a seen --password \"a hunter\" -b' P=\"--token \\\"a hunter\\\"\"\nB=seen"},
		{"spark-env.sh", "O=\"--storepass='a hunter' -b\"\nrun --db-passwd 'a hunter' seen"},
		{"spark-defaults.conf", "spark.driver.extraJavaOptions -Da=seen --password 'a hunter'\nspark.a.secretKey hunter"},
		{"spark-env.sh", "cat >x <<EOF\npassword: |\n  a hunter\nb: seen\nEOF\ncat >y <<'EOF'\n<property><name>fs.s3a.secret.key</name><value>hunter</value></property>\nEOF\n"},
		{"spark-env.sh", "tee x <<EOF\n{\"aws\": {\"secretAccessKey\": \"hunter\"}}\nEOF\nB=seen"},
		{"spark-env.sh", "eval \"export DB_PASSWORD='a hunter'\"\nB=seen"},
		{"spark-env.sh", "B=seen A_TOKEN=${1:-hunter}"},
		{"log4j2.yaml", "a: seen\n- password:\n    hunter\n"},
		{"spark-env.sh", "P=hunter; export P2=$P SPARK_PASSWORD=$P2 B=seen"},
		{"spark-env.sh", "declare -r P=hunter\nexport SPARK_PASSWORD=${P%x} B=seen"},
		{"spark-env.sh", "P=hunter\ncat >x <<EOF\nspark.authenticate.secret $P\nEOF\nB=seen"},
		{"spark-env.sh", "P=hunter; export SPARK_PASSWORD=$P B=seen"},
		{"spark-env.sh", "Q='a hunter'\nP=\"$Q\"\nexport SPARK_PASSWORD=\"${P}\" B=seen"},
		{"spark-env.sh", "P=hunter\nO=\"-Dspark.ssl.keyPassword=$P -Da=b\"\nB=seen"},
		{"spark-env.sh", "P=hunter\nrun --password \"$P\" seen"},
		{"spark-env.sh", "if true; H=\"Authorization: Basic hunter\"\nB=seen"},
		{"a.json", "{\"Authorization\": \"Bearer hunter\", \"a\": \"seen\"}"},
		{"spark-env.sh", "if true; P=hunter\nSPARK_PASSWORD=$P\nB=seen"},
		{"spark-env.sh", "case $SECRET in hunter|'a hunter') B=seen;; *) C=seen;; esac"},
		{"spark-env.sh", "cat >x <<EOF\n{\"password\":\n  \"hunter\", \"b\": 1}\nEOF\nB=seen"},
		{"a.json", "{\"password\":\n  \"a hunter\",\n\"a\": \"seen\"}"},
		{"a.yaml", "a: seen\npassword: >\n  a hunter\n  hunter\n\n  hunter\nb: seen"},
		{"a.yaml", "x:\n  - db.password: |-\n      a hunter\n    b: seen"},
		{"a.yml", "password:\n  hunter\nb: seen"},
		{"spark-defaults.conf", "spark\\.my\\.password hunter\nspark.a seen"},
		{"spark-defaults.conf", "spark.my\\:password  a hunter\nspark.a seen"},
		{"spark-env.sh", "setenv DB_PASSWORD hunter\nDB_PASSWORD = a hunter\nDB_PASSWORD: a hunter\nB=seen"},
	} {
		got := string(MaskFile(c.file, []byte(c.text)))
		if strings.Contains(got, "unter") || strings.Contains(c.text, "seen") && !strings.Contains(got, "seen") || !strings.Contains(got, Masked) {
			t.Errorf("%s %q: %q", c.file, c.text, got)
		}
		if strings.Count(got, "\n") != strings.Count(c.text, "\n") {
			t.Errorf("%s %q: other lines in %q", c.file, c.text, got)
		}
	}
}

// What has no secret stays as it is.
func TestMaskFileLeavesTheRest(t *testing.T) {
	t.Parallel()
	for file, text := range map[string]string{
		"spark-env.sh":        "# Options for the password file\nexport A='b c' # it's\nsource ./x.sh\nunset DB_PASSWORD\nDB_PASSWORD_FILE=/a b\n[ -z \"$X\" ] || Y=(1 2)\r\nSPARK_MASTER=spark://a:1,b:2\n",
		"spark-defaults.conf": "# the password is elsewhere\nspark.authenticate true\nspark.x.url http://h:80/a@b\nspark.authenticate.secret.file /a b\n",
		"hive-site.xml":       "<!-- a -->\n<property><name>a.b</name>\n<value>x y</value></property>\n",
		"more.sh":             "OPTS='--keytab /a --password-file /b --no-pass -x'\ncase $1 in start|stop) A=1;; esac\nP=x; DB_PASSWORD_FILE=$P\nMONKEY=1 COMPASS=n BYPASS=1 TOKENIZERS=2 FILE_PAT=*.log\nU=https://a/?design=1&signal=2\ncase $DB_PASSWORD in '') A=1;; *) A=2;; esac\n",
		"a.yaml":              "# authorization: see below\n# of the password:\n  a: b\npassword.file: >\n  /a\nkeys:\n  - a\n",
		"key.pub":             "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
		"check.sh":            "# login with password first\n# each machine needs password authentication; by default login is off, password too\ngrep -q -e '-----BEGIN PRIVATE KEY-----' x.pem\nO=\"-Dspark.worker.cleanup.enabled=true\"\nSSL_KEY_FILE=/a/tls.key\nspark=--keytab\\ /a\n",
		"workers":             "a\nb # sparkops: spark_home=/x\n",
	} {
		if got := string(MaskFile(file, []byte(text))); got != text {
			t.Errorf("%s: %q, want %q", file, got, text)
		}
	}
}

// No text is too much, and no line is lost.
func FuzzMaskFile(f *testing.F) {
	for _, text := range append(slices.Clone(realFiles), "{\"password\":\n\n\"x\"}", "password: >\n a\n\nb", "-----BEGIN PRIVATE KEY-----\nA", "machine h\nlogin l password x", "P=x; A_TOKEN=$P \\\n") {
		for _, name := range []string{"a.sh", "a.xml", ".netrc", "a.yaml"} {
			f.Add(name, text)
		}
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if got := MaskFile(name, []byte(text)); bytes.Count(got, []byte("\n")) != strings.Count(text, "\n") {
			t.Errorf("%q: other lines in %q", text, got)
		}
		Mask(text)
		MaskSaid(text)
		MaskValue(Secret, "A", text)
	})
}

// A file of many lines is masked in one go.
func BenchmarkMaskFile(b *testing.B) {
	text := []byte(strings.Repeat("export SPARK_WORKER_OPTS=\"-Da=b -Dc.password=d\"\n", 5000))
	for b.Loop() {
		MaskFile("spark-env.sh", text)
	}
}
