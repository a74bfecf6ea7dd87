"""What happens now, told to those who wait for it: long polls and streams."""
