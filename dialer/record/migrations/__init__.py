"""The steps from each shape of the record to the next; `Database.migrate` walks them."""
