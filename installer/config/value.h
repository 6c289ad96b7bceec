/*
 * The forms that text values of a profile can have. Each is true for a value that may be
 * used as it is; what was expected instead stands beside it in the key table.
 */
#ifndef CONFIG_VALUE_H
#define CONFIG_VALUE_H

#include <stdbool.h>
#include <stdint.h>

bool value_is_host(const char *s);
bool value_is_name(const char *s);
/* In a directory, not a path: nothing but letters, digits and -._+~ */
bool value_is_file_name(const char *s);
bool value_is_array_name(const char *s);
bool value_is_metadata(const char *s);
bool value_is_array_layout(const char *s);
bool value_is_filesystem(const char *s);
bool value_is_transport(const char *s);
bool value_is_volume_group(const char *s);
bool value_is_volume(const char *s);
bool value_is_place(const char *s);
bool value_is_guid(const char *s);
bool value_is_mbr_type(const char *s, unsigned *ret_number);
bool value_is_partition_type(const char *s);
bool value_is_label(const char *s);
bool value_is_by_path(const char *s);
bool value_is_mount_options(const char *s);
bool value_is_mount(const char *s);
bool value_is_host_path(const char *s); /* of a file; any characters but controls */
bool value_is_file_mode(const char *s); /* 0644 */
bool value_is_owner(const char *s);     /* USER:GROUP, names or numbers */
bool value_is_service(const char *s);
bool value_is_parameter(const char *s); /* of an overlay */
bool value_is_mac(const char *s);
bool value_is_interface(const char *s);
bool value_is_bond_options(const char *s); /* the kernel's: "mode=802.3ad miimon=100" */
bool value_is_url(const char *s);
bool value_is_source(const char *s);   /* a URL, or medium:/PATH (fetch/fetch.h) */
bool value_is_duration(const char *s); /* "90s", "10m", "1h": 1 s to 24 h */
uint64_t value_seconds(const char *s); /* of one of those */
bool value_is_sha256(const char *s);
bool value_is_ip(const char *s);
bool value_is_ip_with_prefix(const char *s);
bool value_is_password_hash(const char *s);
bool value_is_one_line(const char *s);
bool value_is_words(const char *s); /* one line that neither begins nor ends blank */
bool value_is_number(const char *s);
bool value_is_arguments(const char *s);
bool value_is_boolean(const char *s); /* of SELinux */
bool value_is_ssh_key(const char *s);
bool value_is_server(const char *s);
bool value_is_timezone(const char *s);
bool value_is_realm(const char *s);
bool value_is_kdc(const char *s);
bool value_is_password(const char *s);
bool value_is_preserved(const char *s);

#endif
