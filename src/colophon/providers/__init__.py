"""Adapters to the vendors of pictures, one module per wire contract, and the guarded client they share."""
