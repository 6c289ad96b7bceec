/*
 * The actions of a plan as text, one printer for each kind; see plan_print.c.
 */
#include "core/url.h"
#include "plan/convert.h"
#include "plan/plan_print.h"

void plan_print_argv(const char *const *argv, struct text *out)
{
	for (; *argv; argv++) {
		bool plain = **argv && !strpbrk(*argv, " \t\n\"'\\$`;|&<>()*?#~");

		text_printf(out, " %s%s%s", plain ? "" : "'", *argv, plain ? "" : "'");
	}
}

/* Several lines, indented, so that nothing in them looks like an action. */
static void print_block(const char *s, struct text *out)
{
	while (*s) {
		size_t len = strcspn(s, "\n");

		text_printf(out, "\n      | %.*s", (int)len, s);
		s += len + (s[len] == '\n');
	}
}

static void print_run(const struct action *a, struct text *out)
{
	plan_print_argv(a->run.argv, out);
	if (a->run.undo) {
		text_add(out, "\n      | afterwards:");
		plan_print_argv(a->run.undo, out);
	}
}

static void print_mount(const struct action *a, struct text *out)
{
	text_printf(out, " %s on %s%s%s", a->mount.source, a->mount.target,
		    a->mount.bind ? "" : " type ",
		    !a->mount.bind  ? a->mount.type
		    : a->mount.deep ? " (bind, with what is mounted below)"
				    : " (bind)");
	if (a->mount.uuid)
		text_printf(out, ", UUID %s", a->mount.uuid);
	if (a->mount.read_only)
		text_printf(out, ", read-only%s",
			    a->mount.untouched ? ", its journal left alone" : "");
}

/* The identifiers bind all of it, what is shown is without a password. */
static void print_url(const char *url, struct text *out)
{
	auto_free char *shown = url_public(url);

	text_printf(out, " %s", shown);
}

/* What has been said of the image's labels is true for each file that is written later.
 */
static void print_labels(const struct action *a, struct text *out)
{
	static const char *const texts[] = {
		[IMAGE_LABELS_IF_ENABLED] = ", if its SELinux is enabled",
		[IMAGE_LABELS_ALWAYS] = "",
	};

	if (a->extract.labels != IMAGE_LABELS_NONE)
		text_printf(out,
			    "\n      | labels where it brings none: by its own "
			    "file_contexts%s%s%s\n      | else, if these cannot be used, "
			    "by the host itself at its first start",
			    a->extract.policy ? " of " : "",
			    a->extract.policy ? a->extract.policy : "",
			    texts[a->extract.labels]);
	else if (a->extract.relabel == RELABEL_BOOT)
		text_add(out,
			 "\n      | labels by the host itself at its first start, as "
			 "selinux.relabel asks");
}

static void print_extract(const struct action *a, struct text *out)
{
	print_url(a->extract.url, out);
	text_printf(out, " to " TARGET_DIR "\n      | sha256 %s", a->extract.sha256);
	if (a->extract.chunks) {
		text_add(out, "\n      | in the chunks of");
		print_url(a->extract.chunks, out);
	}
	if (a->extract.chunks_sha256)
		text_printf(out, ", sha256 %s", a->extract.chunks_sha256);
	for (size_t i = 0; i < a->extract.n_peers; i++) {
		text_add(out, i ? " or" : "\n      | each asked for first at");
		print_url(a->extract.peers[i], out);
	}
	print_labels(a, out);
}

static void print_booleans(const struct action *a, struct text *out)
{
	text_printf(out, " in every policy of %s, and in its records",
		    a->booleans.policy ? a->booleans.policy : "the host's type");
	for (size_t i = 0; i < a->booleans.n; i++) {
		const struct selinux_boolean *b = &a->booleans.items[i];

		text_printf(out, "\n      | %s", b->name);
		for (size_t j = 0; j < b->n_others; j++)
			text_printf(out, " or %s", b->others[j]);
		text_add(out, b->state ? ": on" : ": off");
	}
	if (a->booleans.only_if)
		text_printf(out, "\n      | if the host has %s", a->booleans.only_if);
}

static void print_label(const struct action *a, struct text *out)
{
	text_add(out, " what has no label yet");
	if (*a->label.mounts) {
		text_add(out, ": mount points");
		plan_print_argv(a->label.mounts, out);
		text_add(out, " with lost+found");
	}
	text_add(out, *a->label.mounts ? ", all below" : " below");
	plan_print_argv(a->label.below, out);
}

static void print_condition(const struct file_change *f, struct text *out)
{
	plan_print_condition(f->only_if, f->unless, out);
}

static void print_write(const struct action *a, struct text *out)
{
	text_printf(out, " %s", a->file.path);
	if (a->file.mode) /* none: an attribute in sysfs */
		text_printf(out, ", mode %04o", a->file.mode);
	print_condition(&a->file, out);
	if (a->file.secret || a->file.instead)
		text_printf(out, "\n      | (%s)",
			    a->file.secret ? "secret" : a->file.instead);
	else
		print_block(a->file.text, out);
}

static void print_krb5(const struct krb5_conf *conf, struct text *out)
{
	const char *domain = strchr(conf->host, '.');

	text_printf(out, "default realm = %s", conf->realm);
	for (size_t i = 0; i < conf->n_kdcs; i++)
		text_printf(out, "\n      | kdc = %s", conf->kdcs[i]);
	if (conf->admin_server)
		text_printf(out, "\n      | admin server = %s", conf->admin_server);
	if (domain)
		text_printf(out, "\n      | realm of %s and %s", domain + 1, domain);
	if (conf->allow_weak_crypto)
		text_add(out, "\n      | weak crypto allowed");
}

static void print_edit(const struct action *a, struct text *out)
{
	const struct file_change *f = &a->file;
	const char *what = f->edit == EDIT_SHADOW_PASSWORD ? "password of " : "";

	if (f->edit == EDIT_KRB5_CONF) {
		text_printf(out, " %s: ", f->path);
		print_krb5(f->krb5, out);
		return;
	}
	if (f->edit == EDIT_LINE) {
		plan_print_line(f, out);
		return;
	}
	text_printf(out, " %s: %s%s = %s", f->path, what, f->key,
		    f->secret ? "(secret)" : f->value);
	print_condition(f, out);
}

static void print_words(const char *before, const char *word, bool wanted, bool *any,
			struct text *out)
{
	if (!wanted)
		return;
	text_printf(out, "%s%s", *any ? ", " : before, word);
	*any = true;
}

static void print_kept(const struct preserve_change *p, struct text *out)
{
	bool any = false;

	print_words(" ", "/etc/krb5.keytab", p->keytab, &any, out);
	print_words(" ", "/etc/ssh/ssh_host_*", p->ssh_host_keys, &any, out);
	print_words(" ", "the secret of an enrolment that was cut off", p->enrolment,
		    &any, out);
}

static void print_place(const struct old_place *place, bool begun, struct text *out)
{
	text_printf(out, "\n      | %s %s", begun ? "from" : "looked for, read-only, on",
		    place->device);
	if (!place->md_uuid)
		return;
	text_printf(out, ", md array %s of", place->md_uuid);
	plan_print_argv(place->members, out);
}

static void print_preserve(const struct action *a, struct text *out)
{
	const struct preserve_change *p = &a->preserve;

	switch (p->phase) {
	case PRESERVE_READ:
		text_add(out, p->mounted ? " read from the tree:"
					 : " read from this host's earlier install:");
		print_kept(p, out);
		for (size_t i = 0; i < p->n_places; i++)
			print_place(&p->places[i], p->begun, out);
		break;
	case PRESERVE_STASH:
		text_add(out, " store in " TARGET_DIR "/.dom0strap");
		break;
	case PRESERVE_PUT_BACK:
		text_add(out, " put back:");
		print_kept(p, out);
		break;
	case PRESERVE_FORGET:
		text_add(out, " remove " TARGET_DIR "/.dom0strap");
		break;
	}
}

static void print_host_key(const struct action *a, struct text *out)
{
	const struct kerberos *k = a->host_key.kerberos;

	text_printf(out, " of host/%s@%s in " TARGET_DIR "/etc/krb5.keytab, mode 0600",
		    a->host_key.host, k->realm);
	if (a->host_key.kept)
		text_add(out, "\n      | as the earlier install had it, if the KDC "
			      "still takes it");
	if (k->host_key.keytab) {
		text_add(out, "\n      | from");
		print_url(k->host_key.keytab, out);
		if (k->host_key.sha256)
			text_printf(out, ", sha256 %s", k->host_key.sha256);
	}
	if (k->host_key.enrol)
		text_add(out,
			 "\n      | random, in place of a one-time password (secret)");
	text_printf(out,
		    "\n      | verified: a ticket, and the KDC's proof that it knows "
		    "the key%s",
		    k->allow_weak_crypto ? "; weak keys allowed" : "");
}

static void print_initrd(const struct action *a, struct text *out)
{
	text_add(out, " every initramfs in /boot with");
	plan_print_argv(a->initrd.paths, out);
	print_block(a->initrd.text, out);
}

static void print_service(const struct action *a, struct text *out)
{
	const struct service_change *s = &a->service;

	text_printf(out, " %s", s->name);
	plan_print_others(s->others, out);
	if (!s->links && !s->needed)
		text_add(out, ", if the host has it");
	plan_print_condition(s->only_if, s->unless, out);
	if (s->links)
		print_block(s->links, out);
}

static const char *const loader_names[] = {
	[LOADER_GRUB_LEGACY] = "GRUB legacy",
	[LOADER_GRUB2] = "GRUB",
	[LOADER_EXTLINUX] = "extlinux",
};

static void print_boot(const struct action *a, struct text *out)
{
	static const char *const defaults[] = {
		[XEN_DEFAULT_FALSE] = ", not the default",
		[XEN_DEFAULT_TRUE] = ", as the default",
		[XEN_DEFAULT_ONCE] = ", for the next boot only",
	};

	text_printf(out, " Xen and dom0, root UUID %s",
		    a->boot.root_uuid ? a->boot.root_uuid : "as the host's fstab has it");
	if (a->kind == ACT_BOOT_ENTRY)
		text_printf(out, "%s, timeout %u s", defaults[a->boot.make_default],
			    a->boot.timeout_s);
	if (a->kind == ACT_BOOT_ENTRY && a->boot.loader != LOADER_GRUB2)
		text_printf(out, "\n      | loader: %s%s%s", loader_names[a->boot.loader],
			    a->boot.loader == LOADER_GRUB_LEGACY ? ", root " : "",
			    a->boot.loader == LOADER_GRUB_LEGACY ? a->boot.grub_root
								 : "");
	if (a->boot.hypervisor)
		text_printf(out, "\n      | file: %s", a->boot.hypervisor);
	if (a->kind == ACT_BOOT_ENTRY && a->boot.files)
		text_printf(out, "\n      | made anew: %s", a->boot.files);
	text_printf(out, "\n      | hypervisor: %s\n      | kernel: %s",
		    a->boot.xen_options,
		    a->boot.kernel_args ? a->boot.kernel_args : a->boot.kernel_options);
}

static void print_boot_code(const struct action *a, struct text *out)
{
	if (a->record.efi)
		text_add(out,
			 " of the host's own GRUB on the EFI system partition, where "
			 "any firmware looks for it");
	else
		text_printf(out, " of the host's own %s on %s (serial %s)",
			    loader_names[a->record.loader], a->record.disk,
			    a->record.serial ? a->record.serial : "unknown");
	if (a->record.loader != LOADER_GRUB2)
		text_printf(out, ", which reads partition %u%s", a->record.partition,
			    a->record.once && a->record.loader == LOADER_EXTLINUX
				    ? ", Xen at its next boot only"
				    : "");
}

static void print_installer(const struct action *a, struct text *out)
{
	const struct installer_spec *s = &a->installer;
	const struct source_digests *d = &s->from->sha256;

	text_add(out, " XenServer's installer from");
	print_url(s->from->source, out);
	text_printf(out, ", attempt %u", s->attempt);
	if (d->at.line)
		text_printf(out,
			    "\n      | boot/xen.gz sha256 %s"
			    "\n      | boot/vmlinuz sha256 %s"
			    "\n      | install.img sha256 %s",
			    d->xen, d->vmlinuz, d->install_img);
	for (size_t i = 0; i < s->n_disks; i++)
		text_printf(out, "\n      | %s there is serial %s, by its mark %s%s",
			    s->names[i], s->serials[i], s->marks[i],
			    i ? "" : "; XenServer goes onto it");
	if (s->interface)
		text_printf(out, "\n      | interface: %s", s->interface);
	text_printf(out, "\n      | hypervisor: %s\n      | kernel: %s%s%s",
		    s->xen_options, s->kernel_options,
		    *s->from->installer_options ? " " : "", s->from->installer_options);
}

static void print_menu_edit(const struct action *a, struct text *out)
{
	text_add(out, " the boot menu's default entry:");
	for (const char *const *word = a->menu.drop; *word; word++)
		text_printf(out, " without %s", *word);
	if (a->menu.xen_options)
		text_printf(out, "\n      | hypervisor: %s\n      | kernel: %s",
			    a->menu.xen_options, a->menu.kernel_options);
}

static void print_menu_kexec(const struct action *a, struct text *out)
{
	(void)a;
	text_add(out, " the default entry of the host's own boot menu");
}

static const struct {
	const char *verb;
	void (*print)(const struct action *a, struct text *out);
} printers[] = {
	[ACT_SAVE] = { "save", plan_print_save },
	[ACT_CLEAR] = { "clear", plan_print_clear },
	[ACT_PARTITION] = { "partition", plan_print_partition },
	[ACT_ARRAY] = { "run", plan_print_array },
	[ACT_RUN] = { "run", print_run },
	[ACT_MOUNT] = { "mount", print_mount },
	[ACT_EXTRACT] = { "extract", print_extract },
	[ACT_WRITE] = { "write", print_write },
	[ACT_EDIT] = { "edit", print_edit },
	[ACT_CHECK] = { "check", plan_print_check },
	[ACT_PUT] = { "put", plan_print_put },
	[ACT_PRESERVE] = { "kept files:", print_preserve },
	[ACT_HOST_KEY] = { "host key", print_host_key },
	[ACT_CHANGE] = { "change", plan_print_change },
	[ACT_BOOLEANS] = { "set booleans", print_booleans },
	[ACT_LABEL] = { "label", print_label },
	[ACT_INITRD] = { "extend", print_initrd },
	[ACT_SERVICE] = { "enable", print_service },
	[ACT_DISABLE] = { "disable", print_service },
	[ACT_BOOT_ENTRY] = { "boot entry", print_boot },
	[ACT_BOOT_CODE] = { "boot code", print_boot_code },
	[ACT_BOOT_RECORD] = { "make", plan_print_boot_record },
	[ACT_KEXEC] = { "load", print_boot },
	[ACT_TABLE_ENTRY] = { "set", plan_print_table_entry },
	[ACT_INSTALLER] = { "load", print_installer },
	[ACT_MENU_EDIT] = { "edit", print_menu_edit },
	[ACT_MENU_KEXEC] = { "load", print_menu_kexec },
};
_Static_assert(ARRAY_LEN(printers) == ACT_KINDS, "a kind has no printer");

void plan_print_action(const struct action *action, struct text *out)
{
	if (action->part)
		text_printf(out, "%s: ", action->part);
	text_add(out, printers[action->kind].verb);
	printers[action->kind].print(action, out);
}
