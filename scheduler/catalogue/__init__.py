"""The catalogue: reads config/ and templates/, and refuses what cannot be used with file, line and remedy."""

from scheduler.catalogue.catalogue import Catalogue as Catalogue
from scheduler.catalogue.load import load as load
from scheduler.catalogue.mistakes import CatalogueError as CatalogueError
from scheduler.catalogue.mistakes import Mistake as Mistake
