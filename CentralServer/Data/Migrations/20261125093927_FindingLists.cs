using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace BrightKitchen.CentralServer.Data.Migrations
{
    /// <inheritdoc />
    public partial class FindingLists : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_Findings_Kind_OpenedAt",
                table: "Findings",
                columns: new[] { "Kind", "OpenedAt" });

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Open",
                table: "Findings",
                column: "OpenedAt",
                filter: "\"OverAt\" IS NULL");

            migrationBuilder.CreateIndex(
                name: "IX_Findings_Over",
                table: "Findings",
                column: "OpenedAt",
                filter: "\"OverAt\" IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_Findings_Kind_OpenedAt",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Open",
                table: "Findings");

            migrationBuilder.DropIndex(
                name: "IX_Findings_Over",
                table: "Findings");
        }
    }
}
