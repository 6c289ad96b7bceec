/*
 * Step `identity`: what makes this host itself: its name, who may log in, its network.
 */
#include <inttypes.h>

#include "plan/network.h"

static void add_write(struct plan *plan, struct file_change file)
{
	file.path = arena_printf(&plan->arena, TARGET_DIR "%s", file.path);
	plan_add(plan, (struct action){ .kind = ACT_WRITE, .file = file });
}

static void add_edit(struct plan *plan, struct file_change file)
{
	file.path = arena_printf(&plan->arena, TARGET_DIR "%s", file.path);
	plan_add(plan, (struct action){ .kind = ACT_EDIT, .file = file });
}

static void plan_hostname(struct plan *plan)
{
	const char *host = plan->profile->host;

	add_write(plan, (struct file_change){
				.path = "/etc/hostname",
				.mode = 0644,
				.text = arena_printf(&plan->arena, "%s\n", host) });
	/* Fedora before systemd's hostnamed (15 to 17) reads this one. */
	add_edit(plan, (struct file_change){ .path = "/etc/sysconfig/network",
					     .only_if = "/etc/sysconfig/network",
					     .edit = EDIT_SHELL_VARIABLE,
					     .key = "HOSTNAME",
					     .value = host });
}

static void plan_logins(struct plan *plan)
{
	const struct identity *id = &plan->profile->identity;
	struct text keys = { 0 };

	for (size_t i = 0; i < id->n_ssh_keys; i++)
		text_printf(&keys, "%s\n", id->ssh_keys[i]);
	if (keys.len)
		add_write(plan,
			  (struct file_change){ .path = "/root/.ssh/authorized_keys",
						.mode = 0600,
						.text = plan_keep(plan, &keys) });
	if (id->root_password_hash)
		add_edit(plan, (struct file_change){ .path = "/etc/shadow",
						     .edit = EDIT_SHADOW_PASSWORD,
						     .secret = true,
						     .key = "root",
						     .value = id->root_password_hash });
}

/*
 * Which of them the host uses is only known when its files are there: each is written
 * where its reader is, and only one reader is taken.
 */
static void write_link(struct plan *plan, const struct link *link)
{
	static const char manager[] = "/etc/NetworkManager/system-connections";
	static const char scripts[] = "/etc/sysconfig/network-scripts";
	static const char networkd[] = "/etc/systemd/network";
	static const char interfaces[] = "/etc/network/interfaces.d";
	const char *name = link->interface ? link->interface : link->label;
	struct arena *arena = &plan->arena;
	struct file_change file = { .mode = 0600, .only_if = manager };

	file.path = arena_printf(arena, "%s/%s.nmconnection", manager, link->label);
	file.text = network_render_keyfile(plan, link);
	add_write(plan, file);
	file = (struct file_change){ .mode = 0644,
				     .only_if = scripts,
				     .unless = manager };
	file.path = link->vlan ? arena_printf(arena, "%s/ifcfg-%s.%" PRIu64, scripts,
					      link->parent, link->vlan)
			       : arena_printf(arena, "%s/ifcfg-%s", scripts, name);
	file.text = network_render_ifcfg(plan, link);
	add_write(plan, file);
	file.only_if = networkd;
	file.path = arena_printf(arena, "%s/10-%s.network", networkd, link->label);
	file.text = network_render_networkd(plan, link);
	add_write(plan, file);
	if (link->vlan || link->bond_options) {
		file.path = arena_printf(arena, "%s/10-%s.netdev", networkd, link->label);
		file.text = network_render_netdev(plan, link);
		add_write(plan, file);
	}
	if (link->net && link->interface && !link->vlan && !link->bond_options) {
		file.only_if = interfaces;
		file.path = arena_printf(arena, "%s/%s", interfaces, link->label);
		file.text = network_render_interfaces(plan, link);
		add_write(plan, file);
	}
}

static void plan_network(struct plan *plan, size_t i)
{
	size_t n;
	const struct link *links = network_links(plan, i, &n);

	for (size_t j = 0; j < n; j++)
		write_link(plan, &links[j]);
}

static void plan_identity(struct plan *plan)
{
	const struct identity *id = &plan->profile->identity;

	if (plan->layout.state == STATE_COMPLETE)
		return;
	plan_hostname(plan);
	plan_logins(plan);
	for (size_t i = 0; i < id->n_networks; i++)
		plan_network(plan, i);
}

const struct step step_identity = {
	.name = "identity",
	.summary = "name the host, let its people in, set up its network",
	.plan = plan_identity,
	.on_tree = true,
};
