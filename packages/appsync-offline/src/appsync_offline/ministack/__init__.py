"""What is only true of MiniStack: how its Lambda processes start and die, and which access keys it gives out."""
