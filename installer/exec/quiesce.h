/*
 * Devices that the kernel itself does not bring to rest before a kexec.
 *
 * Linux calls each driver's shutdown(), and then takes the right to write memory from
 * every PCI device (pci_device_shutdown(), since 3.13); `kexec --exec` takes network
 * interfaces down. What is left are drivers whose shutdown() is known not to be enough in
 * the boot environment's kernel: their devices are unbound, which ends in the driver's
 * whole remove().
 */
#ifndef EXEC_QUIESCE_H
#define EXEC_QUIESCE_H

/* root: where sys/ is, "" for this machine. What cannot be unbound is warned of. */
void quiesce_devices(const char *root);

#endif
