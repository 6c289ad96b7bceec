# Written for dom0strap's tests; has the form of the constants of 6.x, none of their text.

GPT_SUPPORT = True

# root_size = 2048 would be too little.
root_size = 4096                # MiB, of / and of its backup
swap_file_size = 512
install_size = 100 + root_size + root_size
min_primary_disk_size = 12      # GB
default_sr_size = "rest"
