# An interactive bash reads this file. The prompt says who you are, on which host, and where.
PS1='\u@\h:\w\$ '
