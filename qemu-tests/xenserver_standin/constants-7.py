# Written for dom0strap's tests; has the form of the constants of 7.x, none of their text.

GPT_SUPPORT = True

root_mbr_size = 18432
root_gpt_size = 18432
root_mbr_size_old = 4096
root_gpt_size_old = 4096
root_size = max(root_mbr_size, root_gpt_size)
backup_size = 18432
backup_size_old = 4096
logs_size = 4096
boot_size = 512
swap_size = 1024
min_primary_disk_size_old = 12  # GB
min_primary_disk_size = 46      # GB
