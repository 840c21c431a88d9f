"""`python -m bot` is `andon`."""

from bot.cli import main

if __name__ == "__main__":
    main()
