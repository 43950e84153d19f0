"""The screens: a module per area. ``backoffice.apps`` imports them all once Django is ready;
importing the package itself loads nothing, since template filters need ``columns`` early.
"""
