#include "xenserver/repository.h"

const char *repository_type_name(enum sr_type type)
{
	return type == SR_LVM ? "lvm" : "ext";
}

void repository_write_conf(const struct storage *storage, struct text *out)
{
	const char *type = repository_type_name(storage->type);

	/* The last two are what 6.x reads. */
	text_printf(out,
		    "XSPARTITIONS='/dev/%s'\nXSTYPE='%s'\nPARTITIONS='/dev/%s'\n"
		    "TYPE='%s'\n",
		    storage->array.name, type, storage->array.name, type);
}

/* Between single quotes, for sh. */
static void add_quoted(const char *s, struct text *out)
{
	text_add(out, "'");
	for (; *s; s++)
		text_printf(out, *s == '\'' ? "'\\''" : "%c", *s);
	text_add(out, "'");
}

static const char script[] =
	"log=/var/log/dom0strap-storage.log\n"
	"\n"
	"say() {\n"
	"    echo \"$(date): $*\"\n"
	"}\n"
	"\n"
	"# The toolstack comes up while this runs: its first answer is waited for.\n"
	"list_repositories() {\n"
	"    tries=0\n"
	"    until xe sr-list name-label=\"$name\" --minimal; do\n"
	"        tries=$((tries + 1))\n"
	"        [ \"$tries\" -lt 60 ] || return 1\n"
	"        sleep 5\n"
	"    done\n"
	"}\n"
	"\n"
	"# In a pool other hosts have repositories of that name, too: ours has a PBD "
	"here.\n"
	"find_pbd() { # SR\n"
	"    xe pbd-list sr-uuid=\"$1\" host-uuid=\"$INSTALLATION_UUID\" --minimal\n"
	"}\n"
	"\n"
	"is_on_device() { # PBD\n"
	"    [ \"$(xe pbd-param-get uuid=\"$1\" param-name=device-config "
	"param-key=device)\" = \"$device\" ]\n"
	"}\n"
	"\n"
	"# Where its disk has become part of the array there is nothing left to "
	"destroy.\n"
	"take_away() { # SR PBD\n"
	"    say \"taking away $1\"\n"
	"    xe pbd-unplug uuid=\"$2\" || say \"$2 was not plugged\"\n"
	"    xe sr-destroy uuid=\"$1\" || xe sr-forget uuid=\"$1\"\n"
	"}\n"
	"\n"
	"main() {\n"
	"    . /etc/xensource-inventory\n"
	"    list=$(list_repositories) || {\n"
	"        say 'the toolstack does not answer'\n"
	"        return 1\n"
	"    }\n"
	"    for sr in $(echo \"$list\" | tr , ' '); do\n"
	"        pbd=$(find_pbd \"$sr\")\n"
	"        [ -n \"$pbd\" ] || continue\n"
	"        if is_on_device \"$pbd\"; then\n"
	"            say \"$sr is on $device\"\n"
	"            return 0\n"
	"        fi\n"
	"        if [ \"$replace\" = yes ]; then\n"
	"            take_away \"$sr\" \"$pbd\" || return 1\n"
	"        else\n"
	"            say \"$sr is left alone: the profile does not say replace\"\n"
	"        fi\n"
	"    done\n"
	"    [ -b \"$device\" ] || mdadm --assemble --scan\n"
	"    sr=$(xe sr-create name-label=\"$name\" type=\"$type\" content-type=user \\\n"
	"        device-config:device=\"$device\" host-uuid=\"$INSTALLATION_UUID\") || "
	"return 1\n"
	"    say \"$sr has been made on $device\"\n"
	"    pool=$(xe pool-list --minimal)\n"
	"    for role in default-SR suspend-image-SR crash-dump-SR; do\n"
	"        xe pool-param-set uuid=\"$pool\" \"$role=$sr\"\n"
	"    done\n"
	"}\n"
	"\n"
	"main >>\"$log\" 2>&1\n";

void repository_write_script(const struct storage *storage, struct text *out)
{
	text_add(out, "#!/bin/sh\n"
		      "# written by dom0strap: the storage repository on the array. Run "
		      "again it changes nothing.\n"
		      "set -u\n"
		      "name=");
	add_quoted(storage->label, out);
	text_printf(out, "\ntype=%s\ndevice=/dev/%s\nreplace=%s\n",
		    repository_type_name(storage->type), storage->array.name,
		    storage->replace ? "yes" : "no");
	text_add(out, script);
}

void repository_write_firstboot(struct text *out)
{
	text_add(out, "#!/bin/sh\n"
		      "# written by dom0strap\n"
		      "[ \"$1\" != start ] || exec " REPOSITORY_PROGRAM "\n");
}

void repository_write_unit(struct text *out)
{
	text_add(out, "# written by dom0strap\n"
		      "[Unit]\n"
		      "Description=Storage repository on the array\n"
		      "After=xapi-init-complete.target storage-init.service\n"
		      "Wants=xapi-init-complete.target\n"
		      "ConditionPathExists=!/var/lib/misc/ran-dom0strap-storage\n"
		      "\n"
		      "[Service]\n"
		      "Type=oneshot\n"
		      "RemainAfterExit=yes\n"
		      "ExecStart=" REPOSITORY_PROGRAM "\n"
		      "ExecStartPost=/bin/touch /var/lib/misc/ran-dom0strap-storage\n");
}

void repository_write_wanted(struct text *out)
{
	text_add(out, "# written by dom0strap\n"
		      "[Unit]\n"
		      "Wants=dom0strap-storage.service\n");
}
