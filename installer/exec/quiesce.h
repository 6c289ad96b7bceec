/*
 * Devices that the kernel itself does not bring to rest before a kexec (struct restless)
 * are unbound, which ends in the driver's whole remove().
 */
#ifndef EXEC_QUIESCE_H
#define EXEC_QUIESCE_H

/* root: where sys/ is, "" for this machine. What cannot be unbound is warned of. */
void quiesce_devices(const char *root);

#endif
