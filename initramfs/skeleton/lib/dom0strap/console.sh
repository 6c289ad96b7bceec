# Everything that a person sees, on every console: the screen, and each serial line that the kernel
# took as a console.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root and run are init's

consoles=

# The screen belongs to it even when only a serial line was named: whoever plugs in a monitor in
# front of the rack must not see a blank one.
console_find() {
    active=
    [ ! -r "$root/sys/class/tty/console/active" ] || read -r active <"$root/sys/class/tty/console/active"
    case " $active " in
    *" tty0 "*) ;;
    *) active="$active tty0" ;;
    esac
    consoles=
    for tty in $active; do
        [ -e "$root/dev/$tty" ] || continue
        [ "$tty" != ttynull ] || continue
        consoles="$consoles $tty"
        # A terminal that holds the line (XOFF, or no CTS behind a wrong cable) must not stop a boot.
        case $tty in
        tty0) ;;
        *) stty -F "$root/dev/$tty" clocal -crtscts -ixon 2>/dev/null ;;
        esac
    done
}

# say WORD…: one line on every console and in init's log, in ASCII: what somebody else's words are in
# it must not drive a terminal.
say() {
    said=$*
    case $said in
    *[!\ -~]*) said=$(printf '%s' "$said" | tr -c '\040-\176' '?') ;;
    esac
    for tty in $consoles; do
        printf '%s\n' "$said" 2>/dev/null >>"$root/dev/$tty" || :
    done
    printf '%s\n' "$said" 2>/dev/null >>"$run/init.log" || :
}

# step NAME WORD…: a line of the table that a boot prints, with the seconds since power-on.
step() {
    step_name=$1
    shift
    uptime_cs
    say "$(printf '%4d.%02d  %-8s %s' "$((now_cs / 100))" "$((now_cs % 100))" "$step_name" "$*")"
}

warn() {
    step warning "$@"
}

# uptime_cs: sets now_cs, hundredths of a second since the kernel started. A fork would cost more
# than what is measured.
uptime_cs() {
    read -r uptime_now _ <"$root/proc/uptime"
    now_cs=$((${uptime_now%.*} * 100 + 1${uptime_now#*.} - 100))
}

# lasted_since CS: sets lasted, as in 0.42 s.
# shellcheck disable=SC2034 # lasted is for the caller
lasted_since() {
    uptime_cs
    lasted=$(printf '%d.%02d s' "$(((now_cs - $1) / 100))" "$(((now_cs - $1) % 100))")
}

# Never returns on a real machine. What `&` starts ignores Ctrl-C, and so would everything started
# from it; the second setsid forks for itself instead, being the leader that the first has made it.
# Waiting reaps what lost its parent, and lets the signals through that busybox' reboot, poweroff
# and halt send to PID 1.
console_shells() {
    trap 'console_leave reboot' TERM
    trap 'console_leave poweroff' USR2
    trap 'console_leave halt' USR1
    for tty in ${consoles:-console}; do
        setsid setsid "$root/lib/dom0strap/shell" "$tty"
    done
    while [ -z "$root" ]; do
        sleep 3600 &
        wait
    done
}

console_leave() {
    sync
    umount -a -r 2>/dev/null
    "$1" -f
}
