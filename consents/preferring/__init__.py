"""By which way a customer wants her data to come: her own choice, changed as often as she likes."""
