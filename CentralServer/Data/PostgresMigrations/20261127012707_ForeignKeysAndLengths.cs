using System.Linq;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.PostgresMigrations
{
    /// <inheritdoc />
    public partial class ForeignKeysAndLengths : Migration
    {
        // What belongs to its owner (CASCADE) is worth nothing without it; everything else stays, whatever became of what it names.
        private static readonly (string Table, string Column, string Principal, string OnDelete)[] Keys =
        [
            ("ApiTokens", "PersonId", "AspNetUsers", "CASCADE"),
            ("Areas", "SiteId", "Sites", "CASCADE"),
            ("Boxes", "SiteId", "Sites", "RESTRICT"),
            ("Cameras", "BoxId", "Boxes", "CASCADE"),
            ("Cases", "HandedToRegionId", "Regions", "RESTRICT"),
            ("Cases", "SiteId", "Sites", "RESTRICT"),
            ("CaseSteps", "CaseId", "Cases", "RESTRICT"),
            ("ChainEntries", "BoxId", "Boxes", "RESTRICT"),
            ("Draws", "PersonId", "AspNetUsers", "RESTRICT"),
            ("Draws", "RegionId", "Regions", "RESTRICT"),
            ("DrawSteps", "PersonId", "AspNetUsers", "RESTRICT"),
            ("DrawSteps", "DrawId", "Draws", "RESTRICT"),
            ("EnrolmentCodes", "SiteId", "Sites", "CASCADE"),
            ("Findings", "BoxId", "Boxes", "RESTRICT"),
            ("Findings", "SiteId", "Sites", "RESTRICT"),
            ("FindingSteps", "FindingId", "Findings", "RESTRICT"),
            ("Grants", "PersonId", "AspNetUsers", "CASCADE"),
            ("Grants", "RegionId", "Regions", "CASCADE"),
            ("Grants", "SiteId", "Sites", "CASCADE"),
            ("Invitations", "SiteId", "Sites", "CASCADE"),
            ("KioskReceipts", "KioskId", "Kiosks", "RESTRICT"),
            ("Kiosks", "SiteId", "Sites", "RESTRICT"),
            ("PushSubscriptions", "PersonId", "AspNetUsers", "CASCADE"),
            ("Records", "Corrects", "Records", "RESTRICT"),
            ("Records", "SiteId", "Sites", "RESTRICT"),
            ("Records", "StaffId", "Staff", "RESTRICT"),
            ("Regions", "ParentId", "Regions", "RESTRICT"),
            ("Risks", "SiteId", "Sites", "CASCADE"),
            ("Sites", "RegionId", "Regions", "RESTRICT"),
            ("Staff", "SiteId", "Sites", "RESTRICT"),
            ("Webhooks", "PersonId", "AspNetUsers", "CASCADE"),
        ];

        private static readonly (string Table, (string Name, int Length)[] Columns)[] Lengths =
        [
            ("ApiTokens", [("Scopes", 400), ("PersonId", 36), ("Name", 60), ("Hash", 64), ("Id", 36)]),
            ("Areas", [("SiteId", 36), ("Name", 60), ("Kind", 40), ("Id", 36)]),
            ("AspNetUsers", [("DisplayName", 60)]),
            ("AuditEntries", [("SiteId", 36), ("PersonId", 42), ("Hash", 64), ("Before", 64), ("Action", 40)]),
            ("Boxes", [("SiteId", 36), ("PublicKey", 1000), ("Name", 100), ("Id", 36)]),
            ("Cameras", [("State", 100), ("Name", 100), ("Detail", 100), ("Id", 40), ("BoxId", 36)]),
            ("CaseSteps", [("Text", 2000), ("Step", 40), ("PersonName", 256), ("PersonId", 42), ("CaseId", 36)]),
            ("Cases", [("TicketHash", 64), ("Text", 2000), ("SiteId", 36), ("PublicText", 2000), ("Picture", 64),
                ("HandedToRegionId", 36), ("AuthorId", 36), ("Answer", 2000), ("Id", 36)]),
            ("ChainEntries", [("What", 100), ("FindingId", 36), ("Hash", 64), ("BoxId", 36)]),
            ("DrawSteps", [("Text", 500), ("Step", 40), ("Site", 36), ("PersonId", 36)]),
            ("Draws", [("Source", 200), ("Seed", 2000), ("RegionId", 36), ("PersonId", 36), ("Commitment", 64)]),
            ("EnrolmentCodes", [("SiteId", 36), ("For", 40), ("Hash", 64)]),
            ("EventCursors", [("LastFault", 200), ("Name", 76)]),
            ("FindingSteps", [("To", 40), ("Text", 1000), ("Step", 40), ("Picture", 64), ("PersonName", 256), ("PersonId", 42),
                ("From", 40), ("FindingId", 36)]),
            ("Findings", [("Zone", 100), ("StillSha256", 64), ("Stage", 40), ("SiteId", 36), ("Note", 400), ("Models", 2040),
                ("Kind", 100), ("ClipSha256", 64), ("Camera", 40), ("BoxId", 36), ("Id", 36)]),
            ("Grants", [("SiteId", 36), ("RegionPath", 371), ("RegionId", 36), ("PersonId", 36), ("Id", 36)]),
            ("Invitations", [("SiteId", 36), ("Hash", 64)]),
            ("KioskReceipts", [("KioskId", 36), ("Fault", 100), ("Id", 36)]),
            ("Kiosks", [("SiteId", 36), ("PublicKey", 1000), ("Name", 100), ("Id", 36)]),
            ("PushSubscriptions", [("PersonId", 36), ("Endpoint", 2000), ("Id", 64)]),
            ("Records", [("StaffId", 36), ("SiteId", 36), ("Picture", 64), ("PersonName", 256), ("PersonId", 42), ("Kind", 40),
                ("Corrects", 36), ("Id", 36)]),
            ("Regions", [("Path", 371), ("ParentId", 36), ("Name", 200), ("Level", 40), ("Id", 36)]),
            ("Risks", [("Grade", 40), ("SiteId", 36)]),
            ("SealKeys", [("Private", 2000)]),
            ("Sites", [("VisitToken", 36), ("TimeZone", 64), ("RegionPath", 371), ("RegionId", 36), ("Name", 200), ("Kind", 40),
                ("Id", 36)]),
            ("Staff", [("SiteId", 36), ("PinHash", 64), ("Name", 60), ("Job", 60), ("CertificatePicture", 64), ("BadgeHash", 64),
                ("Id", 36)]),
            ("Webhooks", [("Url", 500), ("Secret", 2000), ("PersonId", 36), ("Id", 36)]),
        ];

        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            foreach (var (table, column, principal, _) in Keys.Where(k => k.OnDelete == "CASCADE"))
                migrationBuilder.Sql($"""
                    DELETE FROM "{table}" WHERE "{column}" IS NOT NULL
                      AND NOT EXISTS (SELECT 1 FROM "{principal}" p WHERE p."Id" = "{table}"."{column}");
                    """);

            // A table is written once for all its columns; where one holds more, it stays as it is and the others follow one by one.
            foreach (var (table, columns) in Lengths)
            {
                var changes = columns.Select(c => $"ALTER COLUMN \"{c.Name}\" TYPE character varying({c.Length})").ToArray();
                var each = columns.Select((c, i) => $"""
                      BEGIN
                        ALTER TABLE "{table}" {changes[i]};
                      EXCEPTION WHEN string_data_right_truncation THEN
                        RAISE WARNING '{table}.{c.Name} holds more than {c.Length} characters and stays unbounded';
                      END;
                    """);
                migrationBuilder.Sql($"""
                    DO $upgrade$ BEGIN
                      ALTER TABLE "{table}" {string.Join(", ", changes)};
                    EXCEPTION WHEN string_data_right_truncation THEN
                    {string.Join("\n", each)}
                    END $upgrade$;
                    """);
            }

            // Holds for every row that comes; what is there is checked where it can be.
            foreach (var (table, column, principal, onDelete) in Keys)
            {
                var name = $"FK_{table}_{principal}_{column}";
                migrationBuilder.Sql($"""
                    ALTER TABLE "{table}" ADD CONSTRAINT "{name}"
                      FOREIGN KEY ("{column}") REFERENCES "{principal}" ("Id") ON DELETE {onDelete} NOT VALID;
                    DO $upgrade$ BEGIN
                      ALTER TABLE "{table}" VALIDATE CONSTRAINT "{name}";
                    EXCEPTION WHEN foreign_key_violation THEN
                      RAISE WARNING '{table} has rows whose {column} is not in {principal}; they stay';
                    END $upgrade$;
                    """);
            }
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            foreach (var (table, column, principal, _) in Keys)
                migrationBuilder.DropForeignKey(name: $"FK_{table}_{principal}_{column}", table: table);
            foreach (var (table, columns) in Lengths)
            {
                var changes = columns.Select(c => $"ALTER COLUMN \"{c.Name}\" TYPE text");
                migrationBuilder.Sql($"ALTER TABLE \"{table}\" {string.Join(", ", changes)};");
            }
        }
    }
}
