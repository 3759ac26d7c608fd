package lint

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sparkops/shell/shelltest"
)

func TestSecret(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "DB_PASSWORD", "MYSQL_PWD", "DB_PASS", "PGPASSWORD", "SPARK_AUTH_SECRET", "SPARK_CONNECT_AUTHENTICATE_TOKEN",
		"spark.ssl.keyPassword", "spark.ssl.trustStorePassword", "spark.authenticate.secret", "spark.hadoop.fs.s3a.secret.key", "spark.hadoop.fs.s3a.access.key",
		"javax.net.ssl.keyStorePassword", "AZURE_STORAGE_ACCOUNT_KEY", "API_KEY", "github_token", "SSH_PRIVATE_KEY", "KEY_PASSPHRASE",
		"AWSSecretKey", "JWTSecret", "DBPassword", "LDAPPassword", "SMTPPassword", "db.URLPassword", "my.APIToken", "MYtoken", "AWSAccessKey", "HTTPPass", "DBPwd",
		"DBPASS", "dbpwd", "AUTHTOKEN", "AWS_ACCESSKEY", "fs.s3a.accesskey", "S3ACCESSKEYID", "ENCRYPT_KEY", "JWT_SIGNING_KEY", "FERNET_KEY", "AIRFLOW__CORE__FERNET_KEY", "HMAC_KEY", "AZURE_STORAGE_KEY",
		"LDAP_BIND_CRED", "AWS_CREDS", "GITHUB_PAT", "gitlab-pat", "MYSQL_PW", "rootpw", "DB_PW_2", "privatekey",
	} {
		if !Secret(name) {
			t.Errorf("%s is a secret", name)
		}
	}
	for _, name := range []string{
		"", "PWD", "OLDPWD", "SPARK_HOME", "DB_PASSWORD_FILE", "spark.authenticate", "spark.authenticate.secret.file", "spark.authenticate.secretBitLength",
		"spark.security.credentials.hive.enabled", "GOOGLE_APPLICATION_CREDENTIALS", "TOKENIZERS_PARALLELISM", "AWS_CREDENTIAL_PROVIDERS_PATH", "SPARK_MASTER_HOST", "KEYTAB",
		"spark.hadoop.fs.s3a.aws.credentials.provider", "SPARK_AUTH_SOCKET_TIMEOUT", "BYPASS", "COMPASS_DIR",
		"SURPASS", "my.bypass", "FILE_PAT", "PATTERN", "SIGNING_KEY_FILE", "PASSWDFILE", "spark.io.encryption.keySizeBits", "spark.network.crypto.keyFactoryAlgorithm", "spark.io.encryption.keygen.algorithm",
		"CLASSPATH", "LD_LIBRARY_PATH", "SSH_KEY", "PARTITION_KEY", "SACRED", "MASTER_OLDPWD", "SPATULA", "spark.sql.parquet.compression.codec", "DISPATCH", "spark.network.crypto.keyFactoryIterations",
		"hadoop.http.authentication.token.validity", "yarn.resourcemanager.nm-tokens.master-key-rolling-interval-secs", "spark.security.credentials.retryWait", "spark.yarn.credentials.file.retention.count",
		"yarn.resourcemanager.delegation.token.max-lifetime", "fs.s3a.delegation.token.binding", "PASSWORD_TIMEOUT",
		"COMPASS", "TOKENIZERS", "monkey", "DBPasswordFile", "JWTTokenPATH", "SSL_KEY_FILE", "spark.kerberos.keytab", "SPARK_WORKER_OPTS", "spark.worker.cleanup.enabled", "PATH",
	} {
		if Secret(name) {
			t.Errorf("%s is no secret", name)
		}
	}
}

func TestMask(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                    "",
		"A=1":                                 "A=1",
		"DB_PASSWORD=":                        "DB_PASSWORD=",
		"DB_PASSWORD=x # old":                 "DB_PASSWORD=(hidden) # old",
		"export DB_PASSWORD='a \"b' B=2":      "export DB_PASSWORD=(hidden) B=2",
		`A_TOKEN="x y"z; B=1`:                 `A_TOKEN=(hidden); B=1`,
		"A_TOKEN=\"x\ny\"\nB=1":               "A_TOKEN=(hidden)\nB=1",
		"A_TOKEN='x\ny":                       "A_TOKEN=(hidden)",
		`A_TOKEN=x\ y B=1`:                    "A_TOKEN=(hidden) B=1",
		"DB_PASSWORD = x":                     "DB_PASSWORD = (hidden)",
		"DB_PASSWORD: x":                      "DB_PASSWORD: (hidden)",
		"DB_PASSWORD+=x":                      "DB_PASSWORD+=(hidden)",
		`O="-Dspark.ssl.keyPassword=x -Da=b"`: `O="-Dspark.ssl.keyPassword=(hidden) -Da=b"`,
		"O='-Da=b -Dspark.ssl.keyPassword=x' B=1":                             "O='-Da=b -Dspark.ssl.keyPassword=(hidden)' B=1",
		`O=-Dspark.ssl.keyPassword="x y" B=1`:                                 `O=-Dspark.ssl.keyPassword=(hidden) B=1`,
		"spark.ssl.keyPassword  x":                                            "spark.ssl.keyPassword  (hidden)",
		"spark.ssl.keyPassword\nspark.a b":                                    "spark.ssl.keyPassword\nspark.a b",
		"P=http://me:x@h:1/ Q=ftp://u:y@g":                                    "P=http://me:(hidden)@h:1/ Q=ftp://u:(hidden)@g",
		"+DB_PASSWORD=x\n-DB_PASSWORD=y\n A=http://h:80/":                     "+DB_PASSWORD=(hidden)\n-DB_PASSWORD=(hidden)\n A=http://h:80/",
		"echo the password is here":                                           "echo the password is here",
		"K=\"-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\" B=1": "K=\"(hidden)\" B=1",
		`O="-a --password x -b" P=--token\ y`:                                 `O="-a --password (hidden) -b" P=--token\ (hidden)`,
		"U=https://a/b?sv=1&sig=x%3D&se=2":                                    "U=https://a/b?sv=1&sig=(hidden)&se=2",
		"line 3: machine h login l password x":                                "line 3: machine h login l password (hidden)",
	} {
		if got := Mask(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Whatever else is wrong with the line of a secret, its value is in no finding.
func TestNoFindingShowsASecret(t *testing.T) {
	t.Parallel()
	const value = "hunter2"
	n := 0
	for _, form := range []string{
		"export DB_PASSWORD=%s", "DB_PASSWORD = %s", "DB_PASSWORD: %s", "SPARK_AUTH_SECRET= %s", "SPARK_AUTH_SECRET = %s", "export SPARK_AUTH_SECRET = %s", "setenv SPARK_AUTH_SECRET %s",
		"set SPARK_AUTH_SECRET=%s", "$SPARK_AUTH_SECRET=%s", "SPARK_AUTH_SECRET: %s",
		"SPARK_DAEMON_JAVA_OPTS='-Dspark.authenticate.secret=%s -Xmx1g'", "SPARK_DAEMON_JAVA_OPTS=-Dspark.ssl.keyPassword=%s -Da", "export SPARK_DAEMON_JAVA_OPTS=-Dspark.ssl.keyPassword=%s -Da=b",
		"SPARK_MASTER=http://u:%s@h", "SPARK_MASTER_HOST=http://u:%s@h1", "SPARK_LOG_DIR=ftp://u:%s@x", "SPARK_WORKER_PASSWORD=%s\nSPARK_LOG_DIR=%[1]s",
		"P=%s; export DB_PASSWORD=$P\nSPARK_WORKER_CORES=%[1]s", "PEM='-----BEGIN PRIVATE KEY-----%s-----END PRIVATE KEY-----'",
		"SPARK_WORKER_MEMORY=http://u:%s@x", "SPARK_WORKER_PORT=http://u:%s@x",
	} {
		text := fmt.Sprintf(form, value)
		for _, f := range Check(Input{Text: []byte(text + "\n"), Hosts: 2, Version: "3.5.1"}) {
			n++
			if shown := strings.Join([]string{f.String(), f.Var, f.Message, f.Effect, f.Hint}, "\n"); strings.Contains(shown, value) {
				t.Errorf("%q: %s", text, shown)
			}
		}
	}
	if n < 15 {
		t.Errorf("%d findings are too few to mean anything", n)
	}
}

// The quick look passes by no name that is one of a secret.
func TestMayName(t *testing.T) {
	t.Parallel()
	shelltest.Unwatched(t) // one thing after the other
	random := rand.New(rand.NewPCG(1, 2))
	parts := []string{
		"pass", "Pass", "PASS", "word", "WORD", "wd", "phrase", "sec", "ret", "Secret", "p", "wd", "PWD", "to", "ken", "Token", "tokens", "credential", "Credentials",
		"PW", "pw", "PAT", "hub", "GIT", "CRED", "creds", "sign", "ing", "FERNET", "access", "private", "api", "API", "URL", "Access", "Pass", "account", "encryption", "key", "Key", "KEY", "bit", "length", "file", "a", "Z", "_", ".", "-", "7",
	}
	secret := 0
	for range 10_000 {
		var b strings.Builder
		for range 1 + random.IntN(6) {
			b.WriteString(parts[random.IntN(len(parts))])
		}
		if name := b.String(); isOfSecret(name) {
			secret++
			if !mayName(name) || !mayName("# x "+name+"=y\n") {
				t.Errorf("%s is a secret", name)
			}
		}
	}
	if secret < 500 {
		t.Errorf("only %d of the names were secrets", secret)
	}
	for _, line := range []string{"SPARK_WORKER_MEMORY=4g # of 8", "export PATH=$PATH:/opt/spark/bin", "SPARK_DIST_CLASSPATH=$(hadoop classpath)", "spark.worker.cleanup.enabled true", "cd $SPARK_PATTERN"} {
		if mayName(line) {
			t.Errorf("%q, without any secret, is not passed by", line)
		}
	}
}
