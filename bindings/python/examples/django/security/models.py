"""None: ringfence keeps what there is. Django tells only apps that have this file that it has migrated."""
