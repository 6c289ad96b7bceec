# Handing over to dom0strap, and what is said and sent when it comes back.
# $run/exit holds the exit code, or the word rescue; without it init stopped short.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root, run and the arg_ variables are set elsewhere

# exit_meaning CODE: sets meaning.
exit_meaning() {
    case $1 in
    0) meaning='done' ;;
    10) meaning=profile ;;
    11) meaning=hardware ;;
    12) meaning=source ;;
    13) meaning=tool ;;
    14) meaning=system ;;
    15) meaning="refused for safety" ;;
    126 | 127) meaning="could not be started" ;;
    129 | 1[3-9]?) meaning="killed by signal $(($1 - 128))" ;;
    *) meaning=unknown ;;
    esac
}

# fail CODE WORD…: what stopped the boot before dom0strap could say anything itself.
fail() {
    fail_code=$1
    shift
    step error "$*"
    event_open
    if [ -n "$event_device" ]; then
        uptime_cs
        printf '{"time":%d.%02d0,"event":"fail","step":"boot","code":%d,"message":"%s"}\n' \
            "$((now_cs / 100))" "$((now_cs % 100))" "$fail_code" \
            "$(printf '%s' "$*" | sed 's/[\\"]/\\&/g')" >>"$event_device" || :
    fi
    echo "$fail_code" >"$run/exit"
}

# event_open: sets event_device, empty when nobody listens. A line that stays as the kernel made it
# turns newlines into two characters and answers with an echo.
event_open() {
    event_device=
    [ -n "$arg_events" ] || return 0
    event_device=$root/dev/${arg_events#/dev/}
    if [ ! -e "$event_device" ]; then
        warn "dom0strap.events=$arg_events: there is no such device, no events are written"
        event_device=
        return 0
    fi
    case " $consoles " in
    *" ${arg_events#/dev/} "*) ;; # people read that one
    *) stty -F "$event_device" raw -echo 2>/dev/null || : ;;
    esac
}

# A password in an address is nothing for a screen.
url_public() {
    printf '%s' "$1" | sed 's|://[^/@]*@|://|'
}

run_dom0strap() {
    if [ -z "$arg_profile" ]; then
        fail 10 "dom0strap.mode=$arg_mode needs dom0strap.profile=URL"
        return
    fi
    case $network$arg_profile in
    down*://*)
        fail 12 "no network, so there is no way to $(url_public "$arg_profile")"
        return
        ;;
    esac
    event_open
    set -- "$arg_mode" --profile "$arg_profile"
    [ -z "$arg_manifest" ] || set -- "$@" --manifest "$arg_manifest"
    [ -z "$arg_allow_older" ] || set -- "$@" --allow-older "$arg_allow_older"
    [ -z "$arg_pin" ] || set -- "$@" --pin-sha256 "$arg_pin"
    if [ "$arg_mode" = install ]; then
        set -- "$@" --yes
        [ -z "$arg_confirm" ] || set -- "$@" --confirm "$arg_confirm"
        [ -z "$arg_undo$arg_report" ] || set -- "$@" --undo "${arg_undo:-$arg_report}"
    fi
    set -- "$@" --consoles
    if [ "$arg_mode" = install ] && [ -n "$event_device" ]; then
        set -- "$@" --events 9
    fi
    code=0
    # Its prose goes to the consoles by itself; what else comes is a loader's or a crash's.
    dom0strap "$@" </dev/null >"$run/output" 2>&1 9>>"${event_device:-/dev/null}" || code=$?
    exit_meaning "$code"
    case $code in
    0 | 1[0-5]) ;;
    *)
        tail -n 5 "$run/output" >"$run/output.tail"
        while read -r line; do
            say "$line"
        done <"$run/output.tail"
        ;;
    esac
    echo "$code" >"$run/exit"
}

# A menu on the first console, with a countdown; it returns when nothing was booted.
run_boot() {
    set -- boot --menu --consoles
    if [ -n "$arg_profile" ] && [ "$network" = up ]; then
        set -- "$@" --profile "$arg_profile"
        [ -z "$arg_pin" ] || set -- "$@" --pin-sha256 "$arg_pin"
        [ -z "$arg_manifest" ] || set -- "$@" --manifest "$arg_manifest"
    fi
    event_open
    if [ -n "$event_device" ]; then
        set -- "$@" --events 9
    fi
    code=0
    dom0strap "$@" <"$root/dev/console" >"$run/output" 2>&1 9>>"${event_device:-/dev/null}" || code=$?
    exit_meaning "$code"
    echo "$code" >"$run/exit"
}

# The disks of a host that needs rescue are looked at only when somebody asks for it.
run_rescue() {
    : >"$run/rescue" # for /etc/profile
    ssh_start
    say "m and Enter within 5 s: a menu of the systems on the disks; else a shell"
    answer=$(timeout 5 head -n 1 <"$root/dev/console" 2>/dev/null) || :
    case $answer in
    m | M) run_boot ;;
    *) echo rescue >"$run/exit" ;;
    esac
}

conclude() {
    cmdline_read "$(cat "$root/proc/cmdline")"
    code=
    [ ! -r "$run/exit" ] || read -r code <"$run/exit"
    [ "$code" != rescue ] || return 0
    if [ -z "$code" ]; then
        tail -n 5 "$run/init.err" >"$run/err.tail" || :
        while read -r line; do
            say "$line"
        done <"$run/err.tail"
        fail 14 "init stopped before dom0strap was started"
        code=14
    fi
    exit_meaning "$code"
    if [ "$code" = 0 ]; then
        say "dom0strap: done"
    else
        say "dom0strap: failed, exit $code ($meaning)"
    fi
    report_send "$code"
    [ "$code" = 0 ] || on_error
}

# What the profile wants after a failure, as dom0strap has left it here; nothing: a shell.
on_error() {
    word=shell
    [ ! -r "$run/on-error" ] || read -r word <"$run/on-error"
    case $word in
    reboot | poweroff)
        say "on-error: $word in 10 s"
        sleep 10
        sync
        "$word" -f
        ;;
    esac
}

# report_send CODE: the log to dom0strap.report. Three tries, then it stays here.
report_send() {
    [ -n "$arg_report" ] || return 0
    report_write "$1" >"$run/report"
    report_url=$(url_public "$arg_report")
    for try in 1 2 3; do
        if timeout 10 wget -q -O "$run/report.answer" --header 'Content-Type: text/plain; charset=utf-8' \
            --post-file "$run/report" "$arg_report" 2>"$run/report.err"; then
            say "report sent to $report_url"
            return
        fi
        [ "$try" = 3 ] || sleep 1
    done
    reason=
    [ ! -s "$run/report.err" ] || read -r reason <"$run/report.err" || :
    say "report not sent to $report_url${reason:+ ($reason)}; it is in /run/dom0strap/report"
}

# The kernel's messages are in it but for its command line, where passwords may stand.
report_write() {
    exit_meaning "$1"
    uptime_cs
    echo "exit: $1 ($meaning)"
    echo "mode: $arg_mode"
    echo "profile: $(url_public "$arg_profile")"
    echo "uptime: $((now_cs / 100)) s"
    if [ -r "$run/net/lease" ]; then
        network_read_lease
        echo "mac: $DOM0STRAP_MAC"
        echo "address: $lease_address"
    fi
    for key in product_uuid product_serial product_name; do
        [ ! -r "$root/sys/class/dmi/id/$key" ] || echo "$key: $(cat "$root/sys/class/dmi/id/$key")"
    done
    for file in init.log init.err log output; do
        [ -s "$run/$file" ] || continue
        printf '\n--- %s\n' "$file"
        cat "$run/$file"
    done
    printf '\n--- kernel\n'
    dmesg | sed '/ommand line/d' | tail -n 200
}
