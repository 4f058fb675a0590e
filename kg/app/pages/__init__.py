"""The pages, one file each: ``draw(context)`` reads the address, calls the library and shows the answer."""
