"""`python -m scheduler` is `duly`."""

from scheduler.cli import main

if __name__ == "__main__":
    main()
