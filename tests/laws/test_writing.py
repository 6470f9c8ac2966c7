"""Writing: whole arrays, sums, single elements, and that nothing else changes."""

from specs.laws import writing
from tests.laws.making import holds
from tests.strategies import programs

test_array = holds(writing.array, programs.writes())
test_add = holds(writing.add, programs.writes())
test_element = holds(writing.element, programs.writes())
test_others_stay = holds(writing.others_stay, programs.writes())
test_copied_value = holds(writing.copied_value, programs.copies())
test_wrong_shape = holds(writing.wrong_shape, programs.refused_writes())
test_broadcastable_shape = holds(writing.broadcastable_shape, programs.refused_writes())
test_refused_changes_nothing = holds(writing.refused_changes_nothing, programs.refused_writes())
test_forward_uses_it = holds(writing.forward_uses_it, programs.writes())
test_any_number = holds(writing.any_number, programs.writes_of_odd_numbers())
