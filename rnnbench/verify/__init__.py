"""Trials of a store trained again: does the same come out here?"""
