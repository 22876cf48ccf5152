# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Sourced after lib.sh: Debian's packages and sources of suites that this machine's
# apt need not know.

# In the current folder, apt's lists of SUITE alone, so that the machine's own stay as
# they are.  Packages are authenticated as ever.
suite_lists() {
	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(REPO_URI)' "Origin: Debian" \
		"Codename: $(own_suite)" | head -n 1)
	signed="[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
	rm -rf lists
	mkdir -p lists/partial
	for type in deb deb-src; do
		echo "$type $signed ${mirror:-http://deb.debian.org/debian} $1 main"
	done > sources.list
	suite_apt get -qq update 2> err
}

# suite_apt get|cache ARGUMENT...: with these lists.
suite_apt() {
	tool=apt-$1
	shift
	"$tool" -o "Dir::Etc::SourceList=$PWD/sources.list" \
		-o Dir::Etc::SourceParts=/dev/null \
		-o "Dir::State::Lists=$PWD/lists" \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= "$@"
}

own_suite() { sed -n 's/^VERSION_CODENAME=//p' /etc/os-release; }
