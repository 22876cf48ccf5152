#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What make does for a user: under sudo, in a path with a blank, on a machine that
# has the tools of --trace only after "make deps".
. "$(dirname "$0")/lib.sh"

copy="$tmp/a checkout/vbench"
owner=$(id -u nobody)
group=$(id -g nobody)

# A checkout of the user nobody.  Only deps is replaced, which needs the network,
# and what demo does in the end: clang is missing until deps has run.
make_copy() {
	chmod 711 "$tmp" && mkdir -p "$copy/build" && mkdir -m 1777 "$tmp/tmp" || return
	(cd "$top" && find . -path ./build -prune -o -path ./build-san -prune -o \
		-path ./.git -prune -o -type f ! -name '*.o' ! -name '*.ko' -print |
		tar -c -T - | tar -x -C "$copy") || return
	(cd "$copy" && rm -f vbench virtclient rootfs/mkinitramfs rootfs/host-init \
		rootfs/root.ext3) || return
	for d in kernel headers; do
		[ ! -d "$top/build/$d" ] || cp -a "$top/build/$d" "$copy/build/" || return
	done
	find "$copy/build" -name vbench.ko -delete
	for f in kernel headers qemu; do
		printf '#!/bin/sh\n' > "$copy/rootfs/deps/$f.sh"
	done
	printf '#!/bin/sh\nln -sf "$(command -v clang)" "%s/clang"\n' "$tmp" \
		> "$copy/rootfs/deps/packages.sh"
	printf '#!/bin/sh\n./vbench trace --all --time=1 || :\n' > "$copy/user/demo.sh"
	sources=$(cd "$copy" && find . -path ./build -prune -o -type f -print | sort)
	chown -R "$owner:$group" "$tmp/a checkout"
}

make_there() {
	SUDO_UID=$owner SUDO_GID=$group TMPDIR="$tmp/tmp" timeout --foreground 300 make -C "$copy" \
		CLANG="$tmp/clang" "$@" > "$tmp/out" 2>&1 || {
		cat "$tmp/out"
		return 1
	}
}

# With or without VMs and KVM, "vbench: ..." ends the output.
demo_has_trace() {
	make_there demo && ! grep 'built without' "$tmp/out" && grep '^vbench: ' "$tmp/out"
}
# In one command, too: what decides is in this file.
deps_and_all_have_trace() {
	rm -f "$tmp/clang" "$copy/build/trace-config" && make_there guest-deps build/trace-config &&
		grep -q trace-none "$copy/build/trace-config"
}
has_module() {
	[ ! -d "$top/build/headers" ] ||
		find "$copy/build/kernel" -name vbench.ko | grep -q . && return
	grep KMOD "$tmp/out"
	return 1
}
all_is_the_owners() {
	others=$(find "$copy" ! -user "$owner")
	[ -z "$others" ] || { echo "not the owner's: $others"; return 1; }
}
# kmod_made STATUS RECIPE: by a kernel's build tree that is one line.
kmod_made() {
	printf 'modules:\n\ttouch "$(M)/vbench.o"; %s\n' "$2" > "$tmp/kdir/Makefile" &&
		SUDO_UID=$owner SUDO_GID=$group run "$1" make -C "$tmp/km/kmod" KDIR="$tmp/kdir" &&
		[ -e "$tmp/km/kmod/vbench.o" ] || return
	others=$(find "$tmp/km" ! -user "$owner")
	[ -z "$others" ] || { echo "not the owner's: $others"; return 1; }
}
kmod_is_the_owners() {
	mkdir -p "$tmp/kdir/include/config" "$tmp/km/kmod" &&
		echo CONFIG_MODULES=y > "$tmp/kdir/include/config/auto.conf" &&
		cp "$top"/kmod/*.[ch] "$top/kmod/Makefile" "$tmp/km/kmod" &&
		chown -R "$owner:$group" "$tmp/km" && kmod_made 0 : && kmod_made 2 false
}
kmod_says_path() {
	for folder in 'a b' a:b; do
		mkdir -p "$tmp/$folder" && cp -R "$top/kmod" "$tmp/$folder/kmod" &&
			run 2 make -C "$tmp/$folder/kmod" KDIR="$tmp/none" &&
			err_has 'kbuild cannot build in a path with a blank or a colon' &&
			run 0 make -C "$tmp/$folder/kmod" clean help || return
	done
}
# An edited file and a backend of the user's own survive both.
keeps_what_users_change() {
	data=$tmp/dest/usr/lib/vbench
	make_there install DESTDIR="$tmp/dest" PREFIX=/usr &&
		echo ': "${MEM:=1G}"' >> "$data/SETTINGS" && mkdir "$data/backends/mine" &&
		make_there install DESTDIR="$tmp/dest" PREFIX=/usr &&
		grep 'MEM:=1G' "$data/SETTINGS" && [ -e "$data/SETTINGS.new" ] &&
		make_there uninstall DESTDIR="$tmp/dest" PREFIX=/usr &&
		grep 'MEM:=1G' "$data/SETTINGS" && [ -d "$data/backends/mine" ] &&
		[ ! -e "$data/backends/local" ]
}
install_and_uninstall() {
	make_there install DESTDIR="$tmp/dest" PREFIX=/usr &&
		[ -x "$tmp/dest/usr/bin/vbench" ] &&
		make_there uninstall DESTDIR="$tmp/dest" PREFIX=/usr || return
	left=$(find "$tmp/dest" -type f)
	[ -z "$left" ] || { echo "left behind: $left"; return 1; }
	make_there uninstall DESTDIR="$tmp/dest" PREFIX=/usr &&
		grep "nothing is installed in $tmp/dest/usr" "$tmp/out"
}
clean_removes_all() {
	make_there clean || return
	left=$(cd "$copy" && find . -path ./build/kernel -prune -o \
		-path ./build/headers -prune -o -type f -print | sort)
	[ "$left" = "$sources" ] && return
	echo "$left" > "$tmp/left"
	echo "$sources" | diff - "$tmp/left"
	return 1
}

# An apt that answers in the user's language unless the locale is C.
shadow_apt() {
	mkdir -p "$tmp/bin"
	cat > "$tmp/bin/apt-cache" << 'END'
#!/bin/sh
case $LC_ALL in
C) candidate=Candidate depends=Depends ;;
*) candidate=Installationskandidat depends="Hängt ab von" ;;
esac
case "$1 $2" in
"policy linux-image-cloud-amd64") echo "  $candidate: 7.2" ;;
policy*) echo "  $candidate: (none)" ;;
"depends linux-image-cloud-amd64") echo "  $depends: linux-image-7.2.1-cloud-amd64" ;;
"depends linux-image-7.2.1-cloud-amd64")
	echo "  $depends: linux-binary-7.2.1-cloud-amd64"
	echo " |$depends: linux-modules-7.2.1-cloud-amd64"
	echo "  $depends: kmod" ;;
esac
END
	printf '#!/bin/sh\necho "$@" >> "%s/asked"\nexit 1\n' "$tmp" > "$tmp/bin/apt-get"
	chmod +x "$tmp"/bin/*
}
asks_for_all_parts() {
	shadow_apt
	(cd "$tmp" && PATH="$tmp/bin:$PATH" LANGUAGE=de LANG=de_DE.UTF-8 LC_ALL='' \
		"$top/rootfs/deps/kernel.sh" 'linux-image-virtual|linux-image-cloud-amd64' \
		"$tmp/kernel") > "$tmp/out" 2> "$tmp/err"
	[ $? -eq 1 ] || return
	for part in image binary modules; do
		grep "download.* linux-$part-7.2.1-cloud-amd64" "$tmp/asked" || return
	done
	! grep kmod "$tmp/asked"
}
# Lists of another release must change nothing on this machine.
installs_nothing_foreign() {
	shadow_apt
	printf '#!/bin/sh\necho "  Candidate: 16.2"\n' > "$tmp/bin/apt-cache"
	printf '#!/bin/sh\necho "$@" >> "%s/installed"\n' "$tmp" > "$tmp/bin/apt-get"
	PATH="$tmp/bin:$PATH" APT_CONFIG="$tmp/sid.conf" "$top/rootfs/deps/packages.sh" \
		only vbench-no-such-package > "$tmp/out" 2> "$tmp/err"
	[ $? -eq 1 ] && [ ! -e "$tmp/installed" ] && err_has 'APT_CONFIG=.*sid.conf'
}
no_package_is_said() {
	(cd "$tmp" && PATH="$tmp/bin:$PATH" "$top/rootfs/deps/kernel.sh" \
		linux-image-none "$tmp/kernel") > "$tmp/out" 2> "$tmp/err"
	[ $? -eq 1 ] && err_has 'apt knows no kernel package linux-image-none: .*KERNEL='
}

closed_checkout() {
	mkdir -m 700 "$tmp/closed" && mkdir "$tmp/closed/selftests" &&
		cp -R "$top/Makefile" "$top/bpf" "$top/rootfs" "$tmp/closed" &&
		cp "$top/selftests/selftests.mk" "$tmp/closed/selftests" &&
		run 2 make -C "$tmp/closed" check &&
		err_has "cannot reach $tmp/closed: open the folders above it (chmod a+x)"
}
# As Ubuntu's: of a kernel that is not the running one.
bpftool_fails() {
	chmod 711 "$tmp" && mkdir -p "$tmp/bin" &&
		printf '#!/bin/sh\nexit 0\n' > "$tmp/bin/bpftool" && chmod 755 "$tmp/bin/bpftool" &&
		run 0 make -C "$top" -n BPFTOOL="$tmp/bin/bpftool" build/trace-config &&
		out_has user/trace-none.c && printf '#!/bin/sh\nexit 2\n' > "$tmp/bin/bpftool" &&
		run 0 make -C "$top" -n BPFTOOL="$tmp/bin/bpftool" build/trace-config &&
		out_has user/trace-bpf.c
}

# qemu_there: makes deps' QEMU with that apt, in a folder of its own.
qemu_there() {
	mkdir -p "$tmp/q/build" && ln -sfn "$top/rootfs" "$tmp/q/rootfs" &&
		(cd "$tmp/q" && PATH="$tmp/bin:$PATH" rootfs/deps/qemu.sh build/host-qemu) \
			> "$tmp/out" 2> "$tmp/err"
}
qemu_cannot_be_built() {
	shadow_apt
	qemu_there && err_has 'QEMU cannot be built' &&
		[ ! -e "$tmp/q/build/host-qemu.build" ]
}
qemu_is_built_once() {
	shadow_apt
	mkdir -p "$tmp/q/build/host-qemu" && printf '#!/bin/sh\n' > "$tmp/q/build/host-qemu/qemu" &&
		chmod +x "$tmp/q/build/host-qemu/qemu" &&
		(cd "$tmp/q" && rootfs/deps/qemu-build.sh stamp > build/host-qemu/stamp) &&
		qemu_there && [ ! -s "$tmp/err" ] &&
		echo another > "$tmp/q/build/host-qemu/stamp" &&
		qemu_there && err_has 'QEMU cannot be built again' &&
		[ -x "$tmp/q/build/host-qemu/qemu" ]
}

# A mirror and a source that compile to the number of the user who runs configure.
shadow_source() {
	rm -rf "${tmp:?}/bin" "$tmp/who" && mkdir "$tmp/bin" && mkdir -m 777 "$tmp/who" || return
	cat > "$tmp/bin/apt-get" << 'END'
#!/bin/sh
case "$*" in
*download*meson) : > meson_1.deb ;;
*source*) : > qemu.dsc ;;
esac
END
	printf '#!/bin/sh\necho "Version: 1:10.0.99"\n' > "$tmp/bin/apt-cache"
	printf '#!/bin/sh\necho install ok installed\n' > "$tmp/bin/dpkg-query"
	printf '#!/bin/sh\n[ "$1" = -x ] || exec /usr/bin/dpkg "$@"\n' > "$tmp/bin/dpkg"
	printf '#!/bin/sh\n:\n' > "$tmp/bin/patch"
	cat > "$tmp/bin/dpkg-source" << END
#!/bin/sh
mkdir -p source/configs/devices/x86_64-softmmu
printf '#!/bin/sh\npwd > "$tmp/who/where"\nid -u > "$tmp/who/configure"\nexit 1\n' > source/configure
chmod 755 source/configure
END
	chmod 755 "$tmp"/bin/*
}
# compiled_by_owner UID [FOLDER]: in a checkout of that user's, make deps under nobody's
# sudo.
compiled_by_owner() {
	q=$tmp/${2:-q}
	shadow_source && chmod 711 "$tmp" && rm -rf "$q" && mkdir -p "$q/rootfs" &&
		cp -R "$top/rootfs/deps" "$top/rootfs/qemu" "$q/rootfs" &&
		chown -R "$1:$group" "$q" || return
	(cd "$q" && SUDO_UID=$owner SUDO_GID=$group PATH="$tmp/bin:$PATH" \
		rootfs/deps/qemu-build.sh build/host-qemu) > "$tmp/out" 2> "$tmp/err"
	[ $? -eq 1 ] && [ "$(cat "$tmp/who/configure")" = "$1" ] &&
		[ ! -e "$q/build/host-qemu.build" ]
}
qemu_is_the_owners() {
	compiled_by_owner "$owner" && compiled_by_owner 0
}
qemu_without_blanks() {
	compiled_by_owner "$owner" 'q with blanks' && where=$(cat "$tmp/who/where") || return
	case $where in
	/*' '* | '') echo "configured in $where"; return 1 ;;
	*) [ ! -e "${where%/source/build}" ] ;;
	esac
}
# In a container, /etc/passwd may lack the owner of a checkout that is mounted there.
owner_without_name() {
	chmod 711 "$tmp" && mkdir -p "$tmp/nameless/user" "$tmp/nameless/selftests" &&
		cp -R "$top/Makefile" "$top/bpf" "$top/rootfs" "$tmp/nameless" &&
		cp "$top/selftests/selftests.mk" "$tmp/nameless/selftests" &&
		chown -R 4711:4712 "$tmp/nameless" || return
	(cd "$tmp/nameless" && export SUDO_UID=4711 SUDO_GID=4712 &&
		sh -c '. rootfs/deps/lib.sh; as_owner id -u; as_owner id -G' > "$tmp/ids" &&
		run 0 make help) && [ "$(tr '\n' ' ' < "$tmp/ids")" = "4711 4712 " ]
}

# On a machine where make deps has not run, a build below $tmp says what is missing.
names_what_is_missing() {
	run 2 make -C "$top" BUILD="$tmp/new" CC=no-such-cc vbench &&
		err_has 'no C compiler "no-such-cc" (sudo make deps' &&
		run 2 make -C "$top" BUILD="$tmp/new" PKG_CONFIG=no-such-pc TRACE= vbench &&
		err_has 'no "no-such-pc" (sudo make deps' &&
		PKG_CONFIG_LIBDIR=$tmp run 2 make -C "$top" BUILD="$tmp/new" TRACE= vbench &&
		err_has 'does not find jansson (sudo make deps' &&
		! find "$tmp/new" -name '*.o' | grep .
}

test_that "before make deps, make names what is missing and the remedy" names_what_is_missing
test_that "make -C kmod names a path that kbuild cannot take" kmod_says_path
test_that "make deps finds a kernel's packages in any language" asks_for_all_parts
test_that "make deps names a package that apt does not know" no_package_is_said
if command -v clang > /dev/null; then
	test_that "without a bpftool that works, make builds without --trace" bpftool_fails
else
	skip "without a bpftool that works, make builds without --trace" "clang is not installed"
fi
test_that "make deps does not build QEMU if its source cannot be fetched" qemu_cannot_be_built
test_that "make deps builds QEMU once, and again when its patches change" qemu_is_built_once
if [ "$(id -u)" -eq 0 ]; then
	test_that "make check says that other users cannot reach the checkout" closed_checkout
	test_that "make deps installs nothing from another release's lists" \
		installs_nothing_foreign
	test_that "under sudo, the checkout's owner compiles QEMU" qemu_is_the_owners
	test_that "QEMU is configured in a path without a blank" qemu_without_blanks
	test_that "the checkout's owner need not have a name" owner_without_name
	test_that "sudo make -C kmod leaves no file that belongs to root" kmod_is_the_owners
else
	skip "sudo make -C kmod leaves no file that belongs to root" "needs root"
	skip "under sudo, the checkout's owner compiles QEMU" "needs root"
	skip "QEMU is configured in a path without a blank" "needs root"
	skip "the checkout's owner need not have a name" "needs root"
	skip "make deps installs nothing from another release's lists" "needs root"
fi
if [ "$(id -u)" -ne 0 ] || ! command -v clang > /dev/null; then
	skip "sudo make demo" "needs root, and clang"
else
	test_that "a checkout of another user is set up" make_copy
	test_that "the first sudo make demo builds with --trace" demo_has_trace
	test_that "make deps and what follows it in one command build with --trace" \
		deps_and_all_have_trace
	test_that "the guests' module builds in a path with a blank" has_module
	test_that "sudo make leaves no file that belongs to root" all_is_the_owners
	test_that "make uninstall removes every file that make install added" install_and_uninstall
	test_that "make install and make uninstall keep files that a user edited or added" keeps_what_users_change
	test_that "make clean removes everything that make built" clean_removes_all
fi
tests_done
