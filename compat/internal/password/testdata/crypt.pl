# Prints what crypt(3) of this system makes of some passwords, the password in
# hexadecimal before the hash: perl crypt.pl > crypt.txt (Debian 12, libcrypt1 4.4.33).
for my $password ("secret", "p\xc3\xa4ss", "", "x" x 100) {
	for my $setting (qw(
		$y$j9T$abcdefgh $y$j75$abcdefghij01 $y$j75$ $y$j75/.$abcdefgh $y$j75..$abcdefgh $y$j75./$abcdefgh
		$y$j750./$abcdefgh $y$j751.$abcdefgh
		$7$96..../....abcdefgh $7$4/..../....with.more $7$4/....0.... $sha1$400$abcdefgh $3$
		_J9..abcd _/...zz.. a. zz ab3456789abcdefgh123456789
		$2a$04$PA4fNUQTQMcMRTrC7Ej3qO $2b$04$PA4fNUQTQMcMRTrC7Ej3qO $2y$04$PA4fNUQTQMcMRTrC7Ej3qO
		$2x$04$PA4fNUQTQMcMRTrC7Ej3qO
		$1$$ $1$abc$ $5$$ $5$abcdefgh $5$rounds=1000$$ $5$rounds=1234$abcdefghijklmnop
		$6$$ $6$abcdefgh $6$rounds=1000$$ $6$rounds=1001$abcdefghijklmnop)) {
		my $hash = crypt($password, $setting);
		print unpack("H*", $password), " $hash\n" if $hash !~ /^\*/;
	}
}
