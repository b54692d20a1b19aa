"""One signing for many accounts of one holder: the list, her bills, what each proves ([decision 0101])."""
