"""bill_of_materials_test.py FOLDER_OF_THE_SCRIPTS VERSION LIBRARY...: of libraries that are built."""

import copy
import sys
import tempfile
import unittest
from pathlib import Path

scripts, version, *libraries = sys.argv[1:]
sys.path.insert(0, scripts)
import bill_of_materials  # noqa: E402
import check_bill_of_materials as checker  # noqa: E402


class BillOfMaterials(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.parts = bill_of_materials.parts_of(libraries, recursive=False)
        cls.bill = bill_of_materials.spdx(cls.parts, version)

    def problems_after(self, change):
        bill = copy.deepcopy(self.bill)
        change(bill)
        return checker.problems_of(bill, libraries)

    def package(self, bill, name):
        return next(one for one in bill["packages"] if one["name"] == name)

    def test_it_is_spdx_and_names_every_library_that_is_needed(self):
        self.assertEqual(checker.problems_of(self.bill, libraries), [])

    def test_what_is_only_compiled_in_is_named_too(self):
        compiled_in = {one.use for one in self.parts if one.relation == "STATIC_LINK"}
        self.assertEqual(compiled_in, {use for _, use in
                                       bill_of_materials.COMPILED_IN + bill_of_materials.COMPILED_INTO_TESTING})

    def test_what_is_needed_by_what_is_needed_is_named_if_asked_for(self):
        all_parts = bill_of_materials.parts_of(libraries, recursive=True)
        bill = bill_of_materials.spdx(all_parts, version)
        everything = set().union(*(bill_of_materials.found_at(library) for library in libraries))
        ours = {name for name in everything if name.startswith("libringfence")}
        self.assertEqual(checker.shape_problems(bill), [])
        self.assertEqual(checker.libraries_in(bill), everything - ours)

    def test_a_library_that_is_not_named_is_noticed(self):
        def forget(bill):
            one = next(one for one in bill["packages"] if "Shared libraries" in one.get("comment", ""))
            one["comment"] = ""
        self.assertRegex("\n".join(self.problems_after(forget)), "is needed and not named")

    def test_a_package_without_a_licence_is_noticed(self):
        def forget(bill):
            del bill["packages"][1]["licenseDeclared"]
        self.assertRegex("\n".join(self.problems_after(forget)), "has no licenseDeclared")

    def test_a_relationship_to_nothing_is_noticed(self):
        def forget(bill):
            del bill["packages"][1]
        self.assertRegex("\n".join(self.problems_after(forget)), "which is not there")

    def test_a_package_that_nothing_is_related_to_is_noticed(self):
        def forget(bill):
            bill["relationships"].pop()
        self.assertRegex("\n".join(self.problems_after(forget)), "nothing is related to")

    def test_the_licences_of_what_we_link_directly_are_known(self):
        unknown = [one.package for one in self.parts if one.licence == "NOASSERTION"]
        self.assertEqual(unknown, [])

    def test_the_notices_have_every_part_and_every_text_that_is_referred_to(self):
        with tempfile.TemporaryDirectory() as folder:
            bill_of_materials.write(folder, self.parts, version)
            text = (Path(folder) / "THIRD-PARTY-NOTICES.txt").read_text(encoding="utf-8")
        for one in self.parts:
            self.assertIn(f"- {one.package} {one.version}: ", text)
        self.assertIn("THE SOFTWARE IS PROVIDED", text)
        self.assertIn("/usr/share/common-licenses/LGPL-3\n====", text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
