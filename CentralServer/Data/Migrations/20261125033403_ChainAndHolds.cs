using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.Migrations
{
    /// <inheritdoc />
    public partial class ChainAndHolds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "HeldAt",
                table: "Findings",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "Note",
                table: "Findings",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "ChainEntries",
                columns: table => new
                {
                    BoxId = table.Column<string>(type: "TEXT", nullable: false),
                    Hash = table.Column<string>(type: "TEXT", nullable: false),
                    Number = table.Column<long>(type: "INTEGER", nullable: false),
                    FindingId = table.Column<string>(type: "TEXT", nullable: false),
                    What = table.Column<string>(type: "TEXT", nullable: false),
                    SealedAt = table.Column<long>(type: "INTEGER", nullable: false),
                    Text = table.Column<string>(type: "TEXT", nullable: false),
                    Breaks = table.Column<bool>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_ChainEntries", x => new { x.BoxId, x.Hash });
                });

            migrationBuilder.CreateIndex(
                name: "IX_ChainEntries_BoxId_Number",
                table: "ChainEntries",
                columns: new[] { "BoxId", "Number" });

            migrationBuilder.CreateIndex(
                name: "IX_ChainEntries_FindingId",
                table: "ChainEntries",
                column: "FindingId");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "ChainEntries");

            migrationBuilder.DropColumn(
                name: "HeldAt",
                table: "Findings");

            migrationBuilder.DropColumn(
                name: "Note",
                table: "Findings");
        }
    }
}
