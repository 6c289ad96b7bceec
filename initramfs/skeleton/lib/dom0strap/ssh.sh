# The rescue mode's SSH server. Only keys let anybody in, and dom0strap says whose; without one no
# server is started. The host's own key is made anew at each start.
# shellcheck shell=sh
# shellcheck disable=SC2154 # root, run and the arg_ variables are set elsewhere

# In the background: a boot server that is down must not hold up the shells.
ssh_start() {
    : >"$run/ssh.log"
    if [ "$network" != up ]; then
        step ssh "not started: no network"
        return
    fi
    ssh_up &
    [ -z "$root" ] || wait # unbooted, for the tests
}

ssh_up() {
    mkdir -p "$root/root/.ssh" "$run/ssh"
    chmod 700 "$root/root/.ssh" "$run/ssh"
    if ! ssh_write_keys || ! ssh_make_host_key ||
        ! dropbear -r "$run/ssh/host_key" -P "$run/ssh/pid" </dev/null >>"$run/ssh.log" 2>&1; then
        step ssh "not started, nobody can log in (/run/dom0strap/ssh.log)"
        return
    fi
    ssh_number=$(grep -c . "$root/root/.ssh/authorized_keys")
    step ssh "root@${lease_address%/*}, keys that let in: $ssh_number"
    step '' "this machine's own key: $ssh_fingerprint"
}

# What could not be had is told, whether others let somebody in or not.
ssh_write_keys() {
    set -- rescue keys
    [ -z "$arg_profile" ] || set -- "$@" --profile "$arg_profile"
    [ -z "$arg_manifest" ] || set -- "$@" --manifest "$arg_manifest"
    [ -z "$arg_pin" ] || set -- "$@" --pin-sha256 "$arg_pin"
    [ -z "$arg_allow_older" ] || set -- "$@" --allow-older "$arg_allow_older"
    while read -r ssh_key; do
        [ -z "$ssh_key" ] || set -- "$@" --ssh-key "$ssh_key"
    done <<END
$arg_ssh_keys
END
    ssh_code=0
    (umask 077 && dom0strap "$@" >"$root/root/.ssh/authorized_keys" 2>"$run/ssh.log") || ssh_code=$?
    while read -r ssh_line; do
        case $ssh_line in
        warning:* | error:*) step ssh "${ssh_line#*: }" ;;
        esac
    done <"$run/ssh.log"
    [ "$ssh_code" = 0 ] && [ -s "$root/root/.ssh/authorized_keys" ]
}

# Sets ssh_fingerprint, by which people know whom they talk to.
ssh_make_host_key() {
    ssh_fingerprint=$(dropbearkey -t ed25519 -f "$run/ssh/host_key" 2>>"$run/ssh.log" |
        sed -n 's/^Fingerprint: //p')
    [ -n "$ssh_fingerprint" ]
}
